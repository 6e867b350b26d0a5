import type { Stamp } from '../domain/stamp.ts';
import type { DecidedAnswer, DecidedItem } from './decidedAnswer.ts';
import type { ItemAnswer } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { stampOutcome } from './stampOutcome.ts';
import type { Erasable, KeyRecord } from './store.ts';
import type { QueueAnswer } from './waitingWorks.ts';

/** Reference and metadata by reservation id, for answers that are repeated. */
export type Erasables = ReadonlyMap<string, Erasable>;

/** Gives a decided answer the position and time of its commit, or of the earlier one that it repeats. */
export function stampAnswer(
  answer: DecidedAnswer,
  stamp: Stamp,
  erasables: Erasables,
): QueueAnswer {
  switch (answer.kind) {
    case 'short':
    case 'unlocated':
    case 'keyReused':
      return answer;
    case 'refused': {
      const { kind, index, refusal, replay } = answer;
      return { kind, index, refusal, replayed: replay !== null };
    }
    case 'done': {
      const { kind, items, replay } = answer;
      return {
        kind,
        items: items.map((item) => stampItem(item, replay ?? item.replay, stamp, erasables)),
        replayed: replay !== null,
      };
    }
  }
}

function stampItem(
  { outcome }: DecidedItem,
  replay: KeyRecord | null,
  stamp: Stamp,
  erasables: Erasables,
): ItemAnswer {
  if (replay === null) return { outcome: stampOutcome(outcome, stamp), replayed: false };
  const stamped = stampOutcome(outcome, replay.stamp ?? stamp);
  return { outcome: withErasable(stamped, erasables), replayed: true };
}

function withErasable(outcome: Outcome, erasables: Erasables): Outcome {
  if (outcome.kind !== 'reservation') return outcome;
  const { reference = null, metadata = null } = erasables.get(outcome.reservation.id) ?? {};
  return { ...outcome, reservation: { ...outcome.reservation, reference, metadata } };
}

/** Ids of the reservations in answers that are repeated: their reference and metadata are read from the reservation. */
export function repeatedReservations(answers: readonly DecidedAnswer[]): string[] {
  const ids: string[] = [];
  for (const answer of answers) {
    if (answer.kind !== 'done') continue;
    for (const { outcome, replay } of answer.items) {
      const repeated = replay !== null || answer.replay !== null;
      if (repeated && outcome.kind === 'reservation') ids.push(outcome.reservation.id);
    }
  }
  return ids;
}
