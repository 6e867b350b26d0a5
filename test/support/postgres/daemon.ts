import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { type DeathSignal, launchOf } from './account.ts';

const START_MS_MAX = 30_000;
const LOG_CHARACTERS_MAX = 256 * 1024;

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** What it writes to its standard error when it is ready. */
  readonly ready: RegExp;
  /** What it gets when this process is gone. */
  readonly deathSignal: DeathSignal;
}

/** A server process of another program, running as an account that is not root's. It does not outlive this process. */
export class Daemon {
  readonly #child: ChildProcess;
  /** Settled when it and all of its children are gone: they share its standard error. */
  readonly closed: Promise<void>;
  readonly #killedWithUs = () => this.kill('SIGQUIT');
  #log = '';
  #running = true;

  private constructor({ command, args, folder, deathSignal }: DaemonOptions) {
    const launch = launchOf(command, args, deathSignal);
    this.#child = spawn(launch.command, launch.args, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...launch.account,
    });
    process.on('exit', this.#killedWithUs);
    this.closed = this.#untilClosed();
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_CHARACTERS_MAX);
    });
  }

  /** @returns when it is ready. @throws with its log, when it ends or takes too long */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    try {
      await daemon.#ready(options.ready);
      return daemon;
    } catch (error) {
      daemon.kill('SIGQUIT');
      throw error;
    }
  }

  get running(): boolean {
    return this.#running;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it did not start');
    return this.#child.pid;
  }

  /** The newest part of what it has written to its standard error. */
  get log(): string {
    return this.#log;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #untilClosed(): Promise<void> {
    try {
      await once(this.#child, 'close');
    } catch {
      // It could not even be started; `start` says why.
    } finally {
      this.#running = false;
      process.off('exit', this.#killedWithUs);
    }
  }

  async #ready(pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = () => reject(new Error(`a server did not start:\n${this.#log}`));
    const late = setTimeout(fail, START_MS_MAX);
    const look = () => {
      if (pattern.test(this.#log)) resolve();
    };
    this.#child.once('error', reject).once('close', fail);
    this.#child.stderr?.on('data', look);
    try {
      await promise;
    } finally {
      clearTimeout(late);
      this.#child.stderr?.off('data', look);
    }
  }
}
