import type { EventDetails, LoggedEvent, Movement, MovementDraft } from '../events.ts';
import { type PlaceTotals, type TransferTotals, totalsAt } from '../transfer.ts';
import { transferLine, withTotals } from '../transferTotals.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import type { LinkState } from './state.ts';

/**
 * Puts back a lost movement of a transfer: goods have left, or come, whatever the balance is now. It says how the totals
 * stood after it, so what was done again since is not done twice: where nothing is missing it moves no units.
 */
export function replayStep(state: LinkState, event: LoggedEvent & Movement): MovementDraft {
  const transfer = state.transfer(event.details?.transferId ?? '');
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
 * What the hub had done with the goods at places of its own is in no copy of its log; but the shop at the other end was
 * told how the totals stood there, and whatever they lack by now was done.
 */
export function replayTold(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, details } = event;
  const { transferId, source, destination, places = [] } = details ?? {};
  const isFromOrToPeer = source === link.location || destination === link.location;
  if (link.peerRole !== 'store' || !isFromOrToPeer) return NOTHING;
  if (transferId === undefined || sku === null || !state.product(sku)) return NOTHING;
  const transfer = state.transfer(transferId);
  const missing = places
    .filter(({ place }) => isOwn(state, place))
    .flatMap((told) =>
      missingAt(event, sku, told, totalsAt(transferLine(transfer, sku), told.place)),
    );
  const [first] = missing;
  const mayBegin = first?.type === 'dispatch' || first?.type === 'arrive';
  return first !== undefined && (transfer !== undefined || mayBegin) ? [missing] : NOTHING;
}

function isOwn(state: LinkState, location: string): boolean {
  const place = state.location(location);
  return place !== undefined && place.node === undefined;
}

function missingAt(
  event: LoggedEvent,
  sku: string,
  told: PlaceTotals,
  known: TransferTotals,
): readonly MovementDraft[] {
  const { place: location } = told;
  return STEPS.map(({ total, ...step }): MovementDraft => {
    const quantity = told[total] - known[total];
    const details = { ...saidOf(event), ...(step.type === 'dispatch' && sentTo(event)) };
    return { ...step, sku, location, quantity, reservationId: null, details };
  }).filter(({ quantity }) => quantity > 0);
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
