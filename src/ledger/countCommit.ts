import type { LedgerEvent } from '../domain/events.ts';
import { SYSTEM_ACTOR } from './decideCommand.ts';
import type { DecidedAnswer } from './decidedAnswer.ts';
import type { Work } from './ledger.ts';
import type { CommitFigures } from './observer.ts';

/** Counts what a commit did. */
export function countCommit(
  works: readonly Work[],
  answers: readonly DecidedAnswer[],
  events: readonly LedgerEvent[],
): Omit<CommitFigures, 'durationMs' | 'waitedMs'> {
  return {
    works: works.length,
    commands: works.reduce((sum, { items }) => sum + items.length, 0),
    events: events.length,
    refused: answers.reduce((sum, answer) => sum + countRefused(answer), 0),
    expired: countExpired(events),
  };
}

function countRefused(answer: DecidedAnswer): number {
  if (answer.kind === 'refused') return 1;
  if (answer.kind !== 'done') return 0;
  return answer.items.filter(({ outcome }) => outcome.kind === 'refused').length;
}

/** Reservations, each with one event per line. */
function countExpired(events: readonly LedgerEvent[]): number {
  const expired = new Set<string>();
  for (const { type, actor, reservationId } of events) {
    if (type === 'expire' && actor === SYSTEM_ACTOR && reservationId) expired.add(reservationId);
  }
  return expired.size;
}
