import { type Stamp, stampRow } from '../domain/stamp.ts';
import type { DecidedOutcome, Outcome } from './outcome.ts';

/** Gives an outcome the position and time of the commit that decided it; one that has them already stays as it is. */
export function stampOutcome(outcome: DecidedOutcome, stamp: Stamp): Outcome {
  switch (outcome.kind) {
    case 'movement':
      return 'index' in outcome ? stampMovement(outcome, stamp) : outcome;
    case 'reservation':
      return { ...outcome, reservation: stampRow(outcome.reservation, stamp) };
    case 'transfer':
      return { ...outcome, transfer: stampRow(outcome.transfer, stamp) };
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
