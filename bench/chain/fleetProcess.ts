import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fleet, Order, Reply } from './fleet.ts';

const SCRIPT = new URL('./fleet.process.ts', import.meta.url);

/** A process that has some of the shops: they share one thread. Asked one thing after another. */
export class FleetProcess {
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  /** @param folder where its output goes to */
  static start(folder: string, name: string): FleetProcess {
    const log = path.join(folder, `${name}.log`);
    const output = openSync(log, 'a');
    const child = fork(fileURLToPath(SCRIPT), { stdio: ['ignore', output, output, 'ipc'] });
    closeSync(output);
    return new FleetProcess(child, log);
  }

  /** @throws {Error} what was thrown there, or that the process has ended */
  async ask<Name extends keyof Fleet>(
    name: Name,
    ...args: Parameters<Fleet[Name]>
  ): Promise<Awaited<ReturnType<Fleet[Name]>>> {
    const reply = this.#reply();
    this.#child.send({ name, args } as Order);
    const { result, fault } = await reply;
    if (fault !== null) throw new Error(`${name}: ${fault}`);
    return result as Awaited<ReturnType<Fleet[Name]>>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    await this.ask('close');
    this.#child.disconnect();
    await ended;
  }

  #reply(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const onMessage = (reply: Reply) => {
        this.#child.off('exit', onExit);
        resolve(reply);
      };
      const onExit = (code: number | null) => {
        this.#child.off('message', onMessage);
        reject(new Error(`the process of the shops ended with code ${code}; see ${this.#log}`));
      };
      this.#child.once('message', onMessage);
      this.#child.once('exit', onExit);
    });
  }
}
