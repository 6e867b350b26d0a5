import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');

/** How long a server may take to finish what it has accepted. */
const STOP_MS_MAX = 5_000;

/** Of what a server has logged, what is shown when it fails. */
const LOG_CHARACTERS_SHOWN = 2_000;

const LISTENS = /listens on (http:\S+)/;

/** A server that was started with the command line, as a user would. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #log = '';

  constructor(flags: readonly string[]) {
    this.#child = spawn(process.execPath, [MAIN, 'serve', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.#log = (this.#log + String(chunk)).slice(-LOG_CHARACTERS_SHOWN);
    });
    this.#ended = once(this.#child, 'exit');
  }

  /** @returns where it answers, once it does @throws when it ends instead */
  async url(): Promise<string> {
    let said = '';
    const heard = new Promise<string>((resolve) => {
      this.#child.stdout?.on('data', (chunk) => {
        said += String(chunk);
        const [, url] = LISTENS.exec(said) ?? [];
        if (url !== undefined) resolve(url);
      });
    });
    const url = await Promise.race([heard, this.#ended.then(() => undefined)]);
    if (url === undefined) throw new Error(`a server has ended by itself:\n${this.#log}`);
    return url;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** Runs a command of the command line. @returns what it wrote @throws when it fails */
export async function holdfast(words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  if (code !== 0) throw new Error(`holdfast ${words.join(' ')}: exit code ${code}\n${out}${err}`);
  return out;
}
