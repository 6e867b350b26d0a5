import { Argument, Command, CommanderError } from 'commander';
import { ConfigError } from '../config/errors.ts';
import { StoreError } from '../ledger/errors.ts';
import { dumpCommand } from './dump.ts';
import { CommandError, EXIT_CODES, type ExitCode } from './exitCodes.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { nodesCommand } from './nodes.ts';
import { rebuildCommand } from './rebuild.ts';
import { redactCommand } from './redact.ts';
import { replayCommand } from './replay.ts';
import { resetCommand } from './reset.ts';
import { restoreCommand } from './restore.ts';
import { seedCommand } from './seed.ts';
import { serveCommand } from './serve.ts';
import { startCommand } from './start.ts';
import { stressCommand } from './stress.ts';
import { thawCommand } from './thaw.ts';
import type { Tools } from './tools.ts';
import { verifyCommand } from './verify.ts';

/** The whole command line. */
export function createProgram(tools: Tools, version: string): Command {
  const program = new Command('holdfast')
    .description('Holdfast, a distributed inventory ledger')
    .version(version)
    .configureOutput({
      writeOut: (text) => tools.out.write(text),
      writeErr: (text) => tools.err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'holdfast: ')),
    })
    .exitOverride()
    .helpCommand(false)
    .addHelpText('after', `\n${exitCodesText()}`);
  for (const command of commands(tools)) program.addCommand(withSettingsOf(program, command));
  program.addCommand(withSettingsOf(program, helpCommand(program)));
  const start = withSettingsOf(program, startCommand(tools));
  return program.addCommand(start, { hidden: true });
}

/**
 * Runs one command line.
 * @param words what stands after `holdfast`
 * @returns the exit code of a command that failed; undefined when the command itself has said how it ended
 * @throws what is a defect, not the user's to mend
 */
export async function runProgram(
  tools: Tools,
  version: string,
  words: readonly string[],
): Promise<ExitCode | undefined> {
  try {
    await createProgram(tools, version).parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
    }
    if (error instanceof ConfigError) return failed(tools, error.message, EXIT_CODES.usage.code);
    if (error instanceof CommandError) {
      return failed(tools, error.message, EXIT_CODES[error.exit].code);
    }
    if (error instanceof StoreError || isSystemError(error)) {
      return failed(tools, error.message, EXIT_CODES.fault.code);
    }
    throw error;
  }
}

/** Output and errors as the program has them, for a command and those below it. */
function withSettingsOf(program: Command, command: Command): Command {
  for (const part of command.commands) withSettingsOf(program, part);
  return command.copyInheritedSettings(program);
}

function commands(tools: Tools): readonly Command[] {
  return [
    serveCommand(tools),
    importCommand(tools),
    exportCommand(tools),
    replayCommand(tools),
    stressCommand(tools),
    verifyCommand(tools),
    rebuildCommand(tools),
    redactCommand(tools),
    nodesCommand(tools),
    dumpCommand(tools),
    restoreCommand(tools),
    thawCommand(tools),
    seedCommand(tools),
    resetCommand(tools),
  ];
}

/** Commander's own does not say what is wrong with a name that it does not know. */
function helpCommand(program: Command): Command {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  return new Command('help')
    .description('what a command does')
    .addArgument(new Argument('[command]').choices(names))
    .action((name?: string) => {
      (program.commands.find((command) => command.name() === name) ?? program).help();
    });
}

/** The world outside the database, such as a folder for temporary files that is not there. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function failed(tools: Tools, message: string, code: ExitCode): ExitCode {
  tools.err.write(`holdfast: ${message}\n`);
  return code;
}

function exitCodesText(): string {
  const lines = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${code}  ${meaning}`);
  return ['Exit codes:', ...lines, ''].join('\n');
}
