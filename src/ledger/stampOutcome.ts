import type { Reservation } from '../domain/reservation.ts';
import { type Stamp, stampedTime } from '../domain/stamp.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { DecidedOutcome, Outcome } from './outcome.ts';

/** Gives an outcome the position and time of the commit that decided it; one that has them already stays as it is. */
export function stampOutcome(outcome: DecidedOutcome, stamp: Stamp): Outcome {
  switch (outcome.kind) {
    case 'movement':
      return 'index' in outcome ? stampMovement(outcome, stamp) : outcome;
    case 'reservation':
      return { ...outcome, reservation: stampTimes(outcome.reservation, stamp) };
    case 'transfer':
      return { ...outcome, transfer: stampTimes(outcome.transfer, stamp) };
    default:
      return outcome;
  }
}

function stampMovement(
  { event, index }: Extract<DecidedOutcome, { readonly index: number }>,
  { firstPosition, time }: Stamp,
): Outcome {
  return { kind: 'movement', event: { ...event, position: firstPosition + index, time } };
}

function stampTimes<T extends Reservation | Transfer>(row: T, stamp: Stamp): T {
  const createdAt = stampedTime(row.createdAt, stamp);
  const updatedAt = stampedTime(row.updatedAt, stamp);
  return { ...row, createdAt, updatedAt };
}
