import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
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

/** How it ended for one buyer: with a unit, without one because there was none, or without an answer that is final. */
type End = 'sold' | 'refused' | 'failed';

export interface Buyer {
  readonly end: End;
  /** From asking to the final answer. */
  readonly latencyMs: number;
  /** How often it had to ask again, for want of an answer or because the server was too busy. */
  readonly repeats: number;
  /** What went wrong, for a failed one. */
  readonly fault?: string;
}

export interface Rush {
  readonly buyers: readonly Buyer[];
  readonly durationMs: number;
}

export interface Goods {
  readonly sku: string;
  readonly location: string;
}

/** How often a buyer asks again who got no answer, or was sent away for the server was busy. */
const REPEATS_MAX = 20;

/** So many buyers ask for one unit at once, each with a request of its own. */
export async function rush(api: ApiClient, goods: Goods, count: number): Promise<Rush> {
  const ids = createIds({ now: Date.now }, { fraction: Math.random, bytes: randomBytes });
  const startedAt = performance.now();
  const buyers = await Promise.all(Array.from({ length: count }, () => buy(api, goods, ids())));
  return { buyers, durationMs: performance.now() - startedAt };
}

/** The id makes it safe to ask again: one reservation is made, however often. */
async function buy(api: ApiClient, goods: Goods, id: string): Promise<Buyer> {
  const askedAt = performance.now();
  const lines = [{ ...goods, quantity: 1 }];
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
