import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { createIds } from '../../ledger/ids.ts';
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
  /** How often it had to ask again, for want of an answer or because the server was too busy. */
  readonly repeats: number;
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
const HEALTH = { method: 'GET', path: '/healthz' } as const;

/** How often a buyer asks again who got no answer, or was sent away for the server was busy. */
const REPEATS_MAX = 20;

/**
 * All buyers ask for one unit of the same product at once, each with a request of its own. Connections are made before,
 * for what is measured is the ledger.
 */
export async function runExperiment(
  api: ApiClient,
  { buyers, units }: Experiment,
): Promise<Findings> {
  const sku = `stress-${randomUUID()}`;
  await stockUp(api, sku, units);
  await Promise.all(Array.from({ length: api.connectionsMax }, () => api.ask(HEALTH)));
  const ids = createIds({ now: Date.now }, { fraction: Math.random, bytes: randomBytes });
  const startedAt = performance.now();
  const bought = await Promise.all(Array.from({ length: buyers }, () => buy(api, sku, ids())));
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

/** The id makes it safe to ask again: one reservation is made, however often. */
async function buy(api: ApiClient, sku: string, id: string): Promise<Buyer> {
  const askedAt = performance.now();
  const lines = [{ sku, location: LOCATION, quantity: 1 }];
  const request = { method: 'POST', path: '/v1/reservations', body: { id, lines } } as const;
  for (let repeats = 0; ; repeats++) {
    const answer = await api.ask(request).catch(orNoAnswer);
    const latencyMs = performance.now() - askedAt;
    const end = endOf(answer);
    if (end !== 'failed') return { end, latencyMs, repeats };
    const isHopeless = !(answer instanceof NoAnswerError) && !mayBeRepeated(answer);
    if (isHopeless || repeats === REPEATS_MAX) {
      return { end, latencyMs, repeats, fault: faultText(answer) };
    }
    await sleep(pauseMs(answer));
  }
}

function endOf(answer: ApiAnswer | NoAnswerError): End {
  if (answer instanceof NoAnswerError) return 'failed';
  const { status, body } = answer;
  if (status === 201 || status === 200) return 'sold';
  return status === 409 && codeOf(body) === 'insufficient_stock' ? 'refused' : 'failed';
}

function faultText(answer: ApiAnswer | NoAnswerError): string {
  return answer instanceof NoAnswerError ? answer.message : problemText(answer);
}

const Problem = Type.Object({ code: Type.String() });

function codeOf(body: unknown): string | undefined {
  return Value.Check(Problem, body) ? body.code : undefined;
}

function orNoAnswer(error: unknown): NoAnswerError {
  if (error instanceof NoAnswerError) return error;
  throw error;
}
