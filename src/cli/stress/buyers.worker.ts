import { parentPort, workerData } from 'node:worker_threads';
import { ApiClient, type ApiSettings } from '../apiClient.ts';
import { type Goods, rush } from './buyers.ts';

/** Asks of this thread: each is answered with a `Rush`. */
export interface RushRequest {
  readonly goods: Goods;
  readonly count: number;
}

const api = new ApiClient(workerData as ApiSettings);
parentPort?.on('message', async ({ goods, count }: RushRequest) => {
  parentPort?.postMessage(await rush(api, goods, count));
});
