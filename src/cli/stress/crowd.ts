import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ApiSettings } from '../apiClient.ts';
import type { Goods, Rush } from './buyers.ts';
import type { RushRequest } from './buyers.worker.ts';

const WORKER = new URL('./buyers.worker.ts', import.meta.url);

/** Buyers in a thread of their own, so that a server in this process does not have to wait while they ask. */
export class Crowd {
  readonly #worker: Worker;

  constructor(settings: ApiSettings) {
    this.#worker = new Worker(WORKER, { workerData: settings });
  }

  /** One rush at a time. */
  async rush(goods: Goods, count: number): Promise<Rush> {
    const request: RushRequest = { goods, count };
    const answered = once(this.#worker, 'message');
    this.#worker.postMessage(request);
    const [answer]: Rush[] = await answered;
    if (answer === undefined) throw new Error('the buyers gave no answer');
    return answer;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
