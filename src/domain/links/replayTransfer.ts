import type { EventDetails, LoggedEvent, Movement, MovementDraft } from '../events.ts';
import { beginsTransfer } from '../evolveTransfer.ts';
import { type TransferTotals, totalsAt } from '../transfer.ts';
import { transferLine, withTotals } from '../transferTotals.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import type { LinkState } from './state.ts';

/**
 * Puts back a lost movement of a transfer: goods have left, or come, whatever the balance is now. It says how the totals
 * stood after it, so what was done again since is not done twice: where nothing is missing it moves no units.
 * @returns null where the transfer is not known any more, and could not have begun by this
 */
export function replayStep(state: LinkState, event: LoggedEvent & Movement): MovementDraft | null {
  const transfer = state.transfer(event.details?.transferId ?? '');
  if (transfer === undefined && !beginsTransfer(event)) return null;
  const known = totalsAt(transferLine(transfer, event.sku), event.location);
  const quantity = Math.max(Math.min(event.quantity, missingUnits(event, known)), 0);
  const { type, sku, location, from, to, details, position } = event;
  const said = { ...details, replayOf: position };
  const draft = { type, sku, location, quantity, from, to, reservationId: null, details: said };
  return withTotals(state, transfer, [draft])[0] ?? draft;
}

/** What the totals lack of those that the lost movement tells. */
function missingUnits({ type, to, quantity, details }: Movement, known: TransferTotals): number {
  const lost = details?.totals;
  if (lost === undefined) return quantity;
  if (type === 'dispatch') return lost.quantity - known.quantity;
  if (type === 'recall') return lost.returned - known.returned;
  if (to === 'available') return lost.received - known.received;
  return to === 'shrinkage' ? lost.lost - known.lost : lost.found - known.found;
}

/**
 * What the hub had done with the goods at a place of its own is in no copy of its log; but the shop at the other end was
 * told how the totals stood there, and whatever they lack by now was done.
 */
export function replayTold(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, location, details } = event;
  const { transferId, source, destination, peer, places } = details ?? {};
  const told = places?.find(({ place }) => place === location);
  const isFromOrToPeer = source === link.location || destination === link.location;
  const isOwn = link.peerRole === 'store' && peer === undefined && isFromOrToPeer;
  if (!isOwn || !told || transferId === undefined) return NOTHING;
  const place = state.location(told.place);
  if (sku === null || !state.product(sku) || place === undefined || place.node !== undefined) {
    return NOTHING;
  }
  const transfer = state.transfer(transferId);
  const known = totalsAt(transferLine(transfer, sku), told.place);
  const missing = STEPS.map(({ total, ...step }): MovementDraft => {
    const quantity = told[total] - known[total];
    const said = { ...saidOf(event), ...(step.type === 'dispatch' && sentTo(event)) };
    return { ...step, sku, location: told.place, quantity, reservationId: null, details: said };
  }).filter(({ quantity }) => quantity > 0);
  const mayBegin = missing[0]?.type === 'dispatch' || missing[0]?.type === 'arrive';
  return missing.length > 0 && (transfer !== undefined || mayBegin) ? [missing] : NOTHING;
}

/** By which movement each total grows. */
const STEPS = [
  { total: 'quantity', type: 'dispatch', from: 'available', to: 'transit' },
  { total: 'received', type: 'arrive', from: 'transit', to: 'available' },
  { total: 'returned', type: 'recall', from: 'transit', to: 'available' },
  { total: 'lost', type: 'discrepancy', from: 'transit', to: 'shrinkage' },
  { total: 'found', type: 'discrepancy', from: 'shrinkage', to: 'transit' },
] as const;

function saidOf({ details, position: replayOf }: LoggedEvent): EventDetails {
  const { transferId, reason } = details ?? {};
  return {
    ...(transferId !== undefined && { transferId }),
    ...(reason !== undefined && { reason }),
    replayOf,
  };
}

function sentTo({ details }: LoggedEvent): EventDetails {
  const { destination, reference } = details ?? {};
  return {
    ...(destination !== undefined && { destination }),
    ...(reference !== undefined && { reference }),
  };
}
