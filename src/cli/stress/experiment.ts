import { randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type ApiAnswer, ApiClient, type ApiSettings, problemText } from '../apiClient.ts';
import { CommandError } from '../exitCodes.ts';
import type { Rush } from './buyers.ts';
import { Crowd } from './crowd.ts';

export interface Experiment {
  readonly buyers: number;
  readonly units: number;
}

export interface Findings extends Rush {
  /** The stock afterwards, as the ledger has it. */
  readonly stock: Stock;
}

const Stock = Type.Object({
  onHand: Type.Integer(),
  available: Type.Integer(),
  reserved: Type.Integer(),
});
type Stock = Static<typeof Stock>;

const LOCATION = 'stress-test';

/** Rounds of one request on each connection. */
const REHEARSALS = 3;

/**
 * All buyers ask for one unit of the same product at once, each with a request of its own. Before there is any stock
 * they rehearse, and are all refused: then connections are open and the code is warm, as in a server that has been
 * running, and what is measured is the ledger.
 */
export async function runExperiment(
  settings: ApiSettings,
  { buyers, units }: Experiment,
): Promise<Findings> {
  const api = new ApiClient(settings);
  const crowd = new Crowd(settings);
  const goods = { sku: `stress-${randomUUID()}`, location: LOCATION };
  try {
    await makeKnown(api, goods.sku);
    for (let round = 0; round < REHEARSALS; round++) {
      await crowd.rush(goods, settings.connectionsMax);
    }
    await receive(api, goods.sku, units);
    const rush = await crowd.rush(goods, buyers);
    return { ...rush, stock: await stockOf(api, goods.sku) };
  } finally {
    api.close();
    await crowd.close();
  }
}

async function makeKnown(api: ApiClient, sku: string): Promise<void> {
  const product = { name: 'Stress test', description: 'Made by holdfast stress; invented.' };
  const location = { name: 'Stress test (invented)', kind: 'venue' };
  await must(api.askPatiently({ method: 'PUT', path: `/v1/products/${sku}`, body: product }));
  await must(
    api.askPatiently({ method: 'PUT', path: `/v1/locations/${LOCATION}`, body: location }),
  );
}

async function receive(api: ApiClient, sku: string, quantity: number): Promise<void> {
  const body = { type: 'receive', sku, location: LOCATION, quantity, reason: 'stress test' };
  await must(api.ask({ method: 'POST', path: '/v1/movements', body }));
}

async function stockOf(api: ApiClient, sku: string): Promise<Stock> {
  const path = `/v1/stock/${sku}/${LOCATION}`;
  const { body } = await must(api.askPatiently({ method: 'GET', path }));
  if (Value.Check(Stock, body)) return body;
  throw new CommandError('the server answered something else than a stock level');
}

async function must(asked: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answer = await asked;
  if (answer.status < 400) return answer;
  throw new CommandError(`the server answered ${problemText(answer)}`);
}
