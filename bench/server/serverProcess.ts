import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message, Question, Reply, ServerFigures } from './messages.ts';

/** The server as it ships; its argument is JSON with the values of settings. */
export const LEDGER_SERVER = new URL('./ledger.process.ts', import.meta.url);
/** Fastify as it comes; its argument is a file with replies. */
export const BARE_SERVER = new URL('./bare.process.ts', import.meta.url);

export interface ServerStart {
  readonly script: URL;
  readonly args: readonly string[];
  /** Where the server's output goes to, as a file. */
  readonly folder: string;
  readonly nodeFlags?: readonly string[];
}

/**
 * A server in a process of its own.
 *
 * States: started, serving (from `start` on), ended (after `stop`, or when it fails: then what is asked of it fails).
 */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(child: ChildProcess, log: string, url: string) {
    this.#child = child;
    this.#log = log;
    this.url = url;
  }

  /** Resolves when it listens. */
  static async start({
    script,
    args,
    folder,
    nodeFlags = [],
  }: ServerStart): Promise<ServerProcess> {
    const file = fileURLToPath(script);
    const log = path.join(folder, `${path.basename(file)}.log`);
    const output = openSync(log, 'a');
    const child = fork(file, args, {
      stdio: ['ignore', output, output, 'ipc'],
      execArgv: [...nodeFlags],
    });
    closeSync(output);
    const message = await nextMessage(child, log);
    if (message.kind !== 'ready') throw new Error(`${file} says ${message.kind} first`);
    return new ServerProcess(child, log, message.url);
  }

  /** @param collect whether garbage is collected first: for a server with `--expose-gc` */
  async figures(collect = false): Promise<ServerFigures> {
    const message = await this.#ask({ kind: 'figures', collect });
    if (message.kind !== 'figures') throw new Error(`asked for figures, told ${message.kind}`);
    return message;
  }

  async learn(replies: readonly Reply[]): Promise<void> {
    await this.#ask({ kind: 'learn', replies });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.send({ kind: 'stop' } satisfies Question);
    await ended;
  }

  #ask(question: Question): Promise<Message> {
    const answer = nextMessage(this.#child, this.#log);
    this.#child.send(question);
    return answer;
  }
}

function nextMessage(child: ChildProcess, log: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: Message) => {
      child.off('exit', onExit);
      resolve(message);
    };
    const onExit = (code: number | null) => {
      child.off('message', onMessage);
      reject(new Error(`a server of the bench ended with code ${code}; see ${log}`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}
