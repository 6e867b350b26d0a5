import type { Ledger } from '../ledger/ledger.ts';
import { type AsOf, answer, type QueryResult, turnDown } from './refusals.ts';
import type { QueryStore } from './store.ts';

/** What is needed to say which position a moment of the past stands for. */
export interface PastReader {
  readonly store: Pick<QueryStore, 'head' | 'positionAt'>;
  readonly ledger: Pick<Ledger, 'settleTime' | 'now'>;
}

/** The last position that belongs to the moment asked about. The same question always gets the same answer. */
export function resolveAsOf(past: PastReader, asOf: AsOf): Promise<QueryResult<number>> {
  return 'position' in asOf ? checkPosition(past, asOf.position) : positionAt(past, asOf.time);
}

async function checkPosition(
  { store }: PastReader,
  position: number,
): Promise<QueryResult<number>> {
  const head = await store.head();
  if (position <= head.position) return answer(position);
  const latest = { position: head.position };
  return turnDown({ code: 'as_of_in_future', asOf: { position }, latest });
}

/**
 * Times in the log never run backward, so a time that the head of the log has passed is settled. At or after the
 * head's time the next commit could still get this very time, and an answer given now would become wrong: hence the
 * ledger is told first that every later commit must be after it. Only then is the position looked up.
 */
async function positionAt(
  { store, ledger }: PastReader,
  time: number,
): Promise<QueryResult<number>> {
  const head = await store.head();
  if (time >= head.time) {
    const now = await ledger.now();
    if (time > now)
      return turnDown({ code: 'as_of_in_future', asOf: { time }, latest: { time: now } });
    await ledger.settleTime(time);
  }
  return answer(await store.positionAt(time));
}
