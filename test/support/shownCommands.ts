import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type Block, type Page, ROOT } from './documents.ts';

/** A block of shell commands that a page marks with `run`, and the block after it that shows what came of them. */
export interface Shown {
  readonly commands: Block;
  /** With which the last of the commands ends. */
  readonly exitCode: number;
  /** Marked `answer`: the JSON of the last line, or the whole text. */
  readonly answer: Block | undefined;
}

/** Blocks that are marked `sh run`, or `sh run 3` where the exit code is part of what is shown. */
export function shownCommands({ blocks }: Page): Shown[] {
  return blocks.flatMap((commands, index) => {
    const [isRun, exitCode = '0'] = /^sh run(?: (\d+))?$/.exec(commands.info) ?? [];
    if (isRun === undefined) return [];
    const next = blocks[index + 1];
    const answer = next && /^(json|text) answer$/.test(next.info) ? next : undefined;
    return [{ commands, exitCode: Number(exitCode), answer }];
  });
}

/** Files that a page shows whole: blocks that have their name after `csv`. */
export function shownFiles({ blocks }: Page): { name: string; text: string }[] {
  return blocks.flatMap(({ info, text }) => {
    const name = /^csv (\S+)$/.exec(info)?.[1];
    return name === undefined ? [] : [{ name, text: `${text}\n` }];
  });
}

// In a clone the command line is reached through npm, which takes a while to start, and says what it runs unless it is
// told to be silent: into a file, too.
const PRELUDE = `
set -eu -o pipefail
npm() {
  if [ "$1 $2" = 'run --silent' ]; then shift 2; set -- run "$@"
  elif [ -f /dev/stdout ]; then printf '\n> holdfast\n> node src/main.ts\n\n'; fi
  if [ "$1 $2 $3" != 'run holdfast --' ]; then echo "not shown in a page: npm $*" >&2; return 1; fi
  shift 3
  "$NODE" "$ROOT/src/main.ts" "$@"
}
`;

export interface Reader {
  /** Puts the addresses of this test in the place of those that the page shows. */
  here(shown: string): string;
  /** Where the commands are run. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program for bash that ends with a command of the command line, which takes its place and so gets its signals. */
export function scriptOf(command: string): string {
  return `${PRELUDE.replace('"$NODE" "$ROOT', 'exec "$NODE" "$ROOT')}${command}`;
}

/** @returns what the commands wrote to standard output @throws when they ended otherwise than shown */
export async function runShown(
  { commands, exitCode }: Shown,
  { here, folder, env }: Reader,
): Promise<string> {
  const script = PRELUDE + here(commands.text);
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, PATH: process.env['PATH'] ?? '', NODE: process.execPath, ROOT },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== exitCode) throw new Error(`exit code ${code}\n${out}\n${err}`);
  return out;
}

/** What is another one each time. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, '<id>'],
  [/("(?:instance|requestId)": )"[^"]*"/g, '$1"<any>"'],
  [/ +\d+(?:[.,]\d+)* (?=(?:ms|answers a second)\b)/g, ' <figure> '],
  [/^(asked again +)\d+$/m, '$1<any>'],
];

function masked(shown: string): string {
  return MASKS.reduce((kept, [pattern, word]) => kept.replace(pattern, word), shown).trim();
}

/** What the answer block says and what came out, in a form that can be compared. */
export function comparable(answer: Block, out: string): { expected: string; found: string } {
  if (answer.info === 'text answer') return { expected: masked(answer.text), found: masked(out) };
  const lastLine = out.trim().split('\n').at(-1) ?? '';
  return { expected: masked(laidOut(answer.text)), found: masked(laidOut(lastLine)) };
}

/** The order of members means nothing. */
function laidOut(json: string): string {
  const sorted = (_: string, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value;
  return JSON.stringify(JSON.parse(json), sorted, 2);
}
