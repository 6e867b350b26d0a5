import type { EventDraft, LedgerEvent, Origin } from '../domain/events.ts';
import { isMovement } from '../domain/events.ts';
import { ownSteps } from '../domain/links/transferSteps.ts';
import type { WorkingState } from './workingState.ts';

/**
 * Makes what was decided happen, and tells the other nodes what this one did with the goods of a transfer.
 * @param drafts of one transfer, or of none
 * @returns the events without those that tell of them
 */
export function applyTold(
  state: WorkingState,
  drafts: readonly EventDraft[],
  origin: Origin,
): readonly LedgerEvent[] {
  const id = drafts[0]?.details?.transferId;
  const before = id === undefined ? undefined : state.transfer(id);
  const events = state.apply(drafts, origin);
  const after = id === undefined ? undefined : state.transfer(id);
  if (after && events.some((event) => isMovement(event))) {
    state.apply(ownSteps(state, before, after, events), origin);
  }
  return events;
}
