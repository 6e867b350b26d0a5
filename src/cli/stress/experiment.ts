import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import {
  type ApiAnswer,
  type ApiClient,
  mayBeRepeated,
  NoAnswerError,
  pauseMs,
  problemText,
} from '../apiClient.ts';
import { CommandError } from '../exitCodes.ts';

export interface Experiment {
  readonly buyers: number;
  readonly units: number;
}

/** How it ended for one buyer: with a unit, without one because there was none, or without an answer that is final. */
type End = 'sold' | 'refused' | 'failed';

interface Buyer {
  readonly end: End;
  /** From asking to the final answer. */
  readonly latencyMs: number;
  /** How often the server asked to come again. */
  readonly shed: number;
  /** What went wrong, for a failed one. */
  readonly fault?: string;
}

export interface Findings {
  readonly buyers: readonly Buyer[];
  readonly durationMs: number;
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

/** How often a buyer whom the server sends away for being busy comes again. */
const TRIES_MAX = 20;

/** All buyers ask for one unit of the same product at once, each with a request of its own. */
export async function runExperiment(
  api: ApiClient,
  { buyers, units }: Experiment,
): Promise<Findings> {
  const sku = `stress-${randomUUID()}`;
  await stockUp(api, sku, units);
  const startedAt = performance.now();
  const bought = await Promise.all(Array.from({ length: buyers }, () => buy(api, sku)));
  const durationMs = performance.now() - startedAt;
  const answer = await must(
    api.askPatiently({ method: 'GET', path: `/v1/stock/${sku}/${LOCATION}` }),
  );
  if (!Value.Check(Stock, answer.body))
    throw new CommandError('the server answered no stock level');
  return { buyers: bought, durationMs, stock: answer.body };
}

async function stockUp(api: ApiClient, sku: string, quantity: number): Promise<void> {
  const product = { name: 'Stress test', description: 'Made by holdfast stress; invented.' };
  const location = { name: 'Stress test (invented)', kind: 'venue' };
  const receipt = { type: 'receive', sku, location: LOCATION, quantity, reason: 'stress test' };
  await must(api.askPatiently({ method: 'PUT', path: `/v1/products/${sku}`, body: product }));
  await must(
    api.askPatiently({ method: 'PUT', path: `/v1/locations/${LOCATION}`, body: location }),
  );
  await must(api.ask({ method: 'POST', path: '/v1/movements', body: receipt }));
}

async function must(asked: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answer = await asked;
  if (answer.status < 400) return answer;
  throw new CommandError(`the server answered ${problemText(answer)}`);
}

async function buy(api: ApiClient, sku: string): Promise<Buyer> {
  const askedAt = performance.now();
  const lines = [{ sku, location: LOCATION, quantity: 1 }];
  const request = { method: 'POST', path: '/v1/reservations', body: { lines } } as const;
  for (let shed = 0; ; shed++) {
    const answer = await api.ask(request).catch(orNoAnswer);
    const latencyMs = performance.now() - askedAt;
    if (answer instanceof NoAnswerError) {
      return { end: 'failed', latencyMs, shed, fault: answer.message };
    }
    const end = endOf(answer);
    if (end !== 'failed') return { end, latencyMs, shed };
    if (!isTurnedAway(answer) || shed === TRIES_MAX) {
      return { end, latencyMs, shed, fault: problemText(answer) };
    }
    await sleep(pauseMs(answer));
  }
}

function endOf({ status, body }: ApiAnswer): End {
  if (status === 201) return 'sold';
  return status === 409 && codeOf(body) === 'insufficient_stock' ? 'refused' : 'failed';
}

/** Nothing was done, so to ask again cannot buy twice; an unknown outcome is none of these. */
function isTurnedAway(answer: ApiAnswer): boolean {
  return mayBeRepeated(answer) && codeOf(answer.body) !== 'outcome_unknown';
}

const Problem = Type.Object({ code: Type.String() });

function codeOf(body: unknown): string | undefined {
  return Value.Check(Problem, body) ? body.code : undefined;
}

function orNoAnswer(error: unknown): NoAnswerError {
  if (error instanceof NoAnswerError) return error;
  throw error;
}
