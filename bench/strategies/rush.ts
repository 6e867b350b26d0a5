import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./rush.process.ts', import.meta.url));

/** What the process is told: to send one request again and again, so often in all. */
export interface RushTask {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly path: string;
  readonly body: string;
  readonly requests: number;
  /** Each has been used for one request before the clock starts. */
  readonly connections: number;
}

/** How many requests ended how, and how long they took from asking to the whole answer. */
export interface RushResult {
  /** Answered with 2xx. */
  readonly held: number;
  /** Answered with 409: there was nothing left. */
  readonly refused: number;
  /** Answered with anything else, or not at all. */
  readonly failed: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Buyers in a process of their own, which is warm after the first rush. One rush at a time. */
export class Buyers {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(SCRIPT);
  }

  async rush(task: RushTask): Promise<RushResult> {
    const settled = new AbortController();
    const { signal } = settled;
    const ended = once(this.#child, 'exit', { signal }).then(() => undefined);
    const answered = once(this.#child, 'message', { signal }).then(
      ([result]: RushResult[]) => result,
    );
    this.#child.send(task);
    const result = await Promise.race([answered, ended]);
    settled.abort();
    await Promise.allSettled([answered, ended]);
    if (result === undefined) throw new Error('the buyers have ended');
    return result;
  }

  close(): void {
    this.#child.disconnect();
  }
}
