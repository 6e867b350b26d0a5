import type {
  EventDetails,
  EventDraft,
  LoggedEvent,
  Movement,
  MovementDraft,
  NoticeDraft,
} from '../events.ts';
import { evolveTransfer } from '../evolveTransfer.ts';
import { BALANCE_MAX } from '../limits.ts';
import { fits } from '../stock.ts';
import {
  type PlaceTotals,
  type Transfer,
  type TransferLine,
  type TransferTotals,
  totalsAt,
} from '../transfer.ts';
import { transferLine, withTotals } from '../transferTotals.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import type { LinkState } from './state.ts';
import { astrayOf, isCredible, isExact, standing } from './transferSteps.ts';

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
 * What the hub had done with the goods at places of its own is in no copy of its log; but the shops that it concerned were
 * told how the totals stood there, and whatever they lack by now was done. How they stood at another shop's place is told
 * anew: mostly that shop says it again itself, but it may have lost it too.
 */
export function replayTold(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, location, details } = event;
  const { transferId, source, destination, places = [] } = details ?? {};
  const wasTold = [location, source, destination].includes(link.location);
  if (link.peerRole !== 'store' || !wasTold) return NOTHING;
  if (transferId === undefined || sku === null || !state.product(sku)) return NOTHING;
  if (!isCredible(event, transferId)) return NOTHING;
  const transfer = state.transfer(transferId);
  const line = transferLine(transfer, sku);
  const each = [...new Map(places.map((told) => [told.place, told])).values()];
  const missing = each
    .filter(({ place }) => isOwn(state, place))
    .flatMap((told) => missingHere(state, event, sku, told, totalsAt(line, told.place)));
  const elsewhere = each.flatMap((told) => toldElsewhere(state, link, event, line, told));
  if (!isExactAfter(transfer, [...elsewhere, ...missing])) return NOTHING;
  const here = missing.length > 0 ? [missing] : NOTHING;
  return elsewhere.length > 0 ? [toldAll(transfer, elsewhere), ...here] : here;
}

/** How the line stood at the place of another shop, for that one to hear, where the hub has lost it. */
function toldElsewhere(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
  line: TransferLine,
  told: PlaceTotals,
): readonly NoticeDraft[] {
  const { sku } = line;
  const { place: location } = told;
  const node = state.location(location)?.node;
  const isLost = missingAt(event, sku, told, totalsAt(line, location)).length > 0;
  if (node === undefined || node === link.peer || !isLost) return [];
  const { source } = event.details ?? {};
  const ends = { ...(source !== undefined && { source }), ...sentTo(event) };
  const details = { ...saidOf(event), ...ends, peer: node, places: [told] };
  return [{ type: 'transfer_step', sku, location, reservationId: null, details }];
}

/** The notices, for both ends, and what is known after them for the places that goods have come to besides. */
function toldAll(before: Transfer | undefined, notices: readonly NoticeDraft[]): EventGroup {
  const after = evolveTransfer(before, notices, before?.updatedAt ?? 0);
  const told = notices.map(({ location }) => location);
  const astray = astrayOf(after).filter((place) => !told.includes(place));
  // Once it is known where they have come from, that end is to hear of all that came.
  if (before?.from === null && after.from !== null) {
    return [...notices, ...[after.to, ...astray].flatMap((place) => standing(after, place))];
  }
  const skus = new Set(notices.flatMap(({ sku }) => sku ?? []));
  return [...notices, ...astray.flatMap((place) => standing(after, place, skus))];
}

/**
 * What a shop has done with the goods by what it hears, and by its own log not: it was restored, and so was the hub, so only
 * the other end still knew of it.
 */
export function replayHere(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, location, details } = event;
  const { transferId, replayOf, peer, places = [] } = details ?? {};
  const isAboutThis = replayOf !== undefined && peer === link.self && location === link.location;
  if (!isAboutThis || transferId === undefined || sku === null) return NOTHING;
  if (!state.product(sku)) return NOTHING;
  const transfer = state.transfer(transferId);
  const known = totalsAt(transferLine(transfer, sku), location);
  const missing = places
    .filter(({ place }) => place === location)
    .flatMap((told) => missingHere(state, event, sku, told, known));
  return missing.length > 0 ? [withTotals(state, transfer, missing)] : NOTHING;
}

function isOwn(state: LinkState, location: string): boolean {
  const place = state.location(location);
  return place !== undefined && place.node === undefined;
}

/** A shop that has not lost it may say anything: of what no level can hold nothing is booked. */
function isExactAfter(before: Transfer | undefined, told: readonly EventDraft[]): boolean {
  if (told.length === 0) return true;
  return evolveTransfer(before, told, before?.updatedAt ?? 0).lines.every(isExact);
}

/** None where the level has no room for what came, or owes too much by what left. */
function missingHere(
  state: LinkState,
  event: LoggedEvent,
  sku: string,
  told: PlaceTotals,
  known: TransferTotals,
): readonly MovementDraft[] {
  const missing = missingAt(event, sku, told, known);
  const level = state.level(sku, told.place);
  const come = sumOf(missing.filter(({ to }) => to === 'available'));
  const gone = sumOf(missing.filter(({ from }) => from === 'available'));
  return fits(level, come) && gone - level.available <= BALANCE_MAX ? missing : [];
}

function sumOf(movements: readonly MovementDraft[]): number {
  return movements.reduce((sum, { quantity }) => sum + quantity, 0);
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
