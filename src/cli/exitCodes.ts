/** How a command ended; the same for every command. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done; a server was told to stop and finished what it had accepted' },
  fault: { code: 1, meaning: 'something failed; the message says what' },
  usage: {
    code: 2,
    meaning: 'the command line, a setting or an input file is wrong; nothing was done',
  },
  findings: {
    code: 3,
    meaning:
      'the work was done and found what should not be: `verify` differences, `import --dry-run` changes to make, `replay` other figures than the file, `stress` too few or too many units sold',
  },
} as const;

export type ExitName = keyof typeof EXIT_CODES;
export type ExitCode = (typeof EXIT_CODES)[ExitName]['code'];

/** Ends a command with a message that is meant for the user: no stack is shown. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exit: ExitName;

  constructor(message: string, exit: ExitName = 'fault') {
    super(message);
    this.exit = exit;
  }
}
