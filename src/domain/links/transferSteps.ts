import {
  type EventDetails,
  type EventDraft,
  isMovement,
  type LedgerEvent,
  type LoggedEvent,
  type Movement,
  type NoticeDraft,
} from '../events.ts';
import { beginsTransfer, evolveTransfer, totalsAfter } from '../evolveTransfer.ts';
import { identifierProblem } from '../identifiers.ts';
import {
  type Transfer,
  type TransferLine,
  type TransferStep,
  type TransferTotals,
  totalsAt,
} from '../transfer.ts';
import { transferLine } from '../transferTotals.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import type { LinkState } from './state.ts';

/** As the edge writes them. */
const TRANSFER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isTransferId(id: string): boolean {
  return TRANSFER_ID.test(id);
}

/**
 * What nodes hear of each other's part in a transfer. Each end books what it does with the goods, and says how its totals
 * stand; the hub hears of it and logs a notice that says so, which goes to both ends. Totals only grow, so all come to the
 * same, in whatever order they hear, and however often.
 */
export function decideStep(
  state: LinkState,
  link: Link,
  event: LoggedEvent & Movement,
): readonly EventGroup[] {
  const id = event.details?.transferId;
  if (id === undefined || link.peerRole === 'hub' || !isCredible(event, id)) return NOTHING;
  const before = state.transfer(id);
  if (before === undefined && !beginsTransfer(event)) return NOTHING;
  const after = evolveTransfer(before, [heardOf(before, event)], event.time);
  if (!after.lines.every(isExact) || (before && sameTransfer(before, after))) return NOTHING;
  return [noticesOf(before, after, [event], link.peer)];
}

/** The totals that a shop's movement tells of, as a notice. */
function heardOf(before: Transfer | undefined, event: LoggedEvent & Movement): LoggedEvent {
  const { type, sku, location, details, actor, requestId, position, time } = event;
  const known = totalsAt(transferLine(before, sku), location);
  const totals = details?.totals ?? totalsAfter(known, event);
  // Where they come from is said by whoever has sent them.
  const { source: _, ...said } = details ?? {};
  const source = type === 'dispatch' ? { source: location } : {};
  // What it does with its goods it does at its own place, whatever the totals name besides.
  const told = { ...said, ...source, places: [{ ...totals, place: location }] };
  const notice = { type: 'transfer_step', sku, location, reservationId: null } as const;
  return { ...notice, details: told, actor, requestId, position, time };
}

/**
 * The notices of this node's own steps. A hub tells of all of them, also between places where no other node has the goods
 * now: one that had them may have taken part, and one that will have them reads this log from the beginning.
 * @param before the transfer before the events; undefined for a new one
 */
export function ownSteps(
  state: LinkState,
  before: Transfer | undefined,
  after: Transfer,
  events: readonly LedgerEvent[],
): EventGroup {
  const isElsewhere = (place: string | null) =>
    place !== null && state.location(place)?.node !== undefined;
  // A link may have been made by this very commit.
  const isHub = state.isLinked() || [after.from, ...placesOf(after)].some(isElsewhere);
  if (!isHub || state.hub() !== undefined) return [];
  return noticesOf(
    before,
    after,
    events.filter((event) => isMovement(event)),
  );
}

/** A hub's notice, kept by the node that hears it, unless that knows as much. */
export function learnOfStep(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, location, details } = event;
  if (isMovement(event) || details?.transferId === undefined) return NOTHING;
  if (sku === null || location === null) return NOTHING;
  const before = state.transfer(details.transferId);
  const after = evolveTransfer(before, [event], event.time);
  if (before && sameTransfer(before, after)) return NOTHING;
  const heard = { ...details, origin: link.peer };
  return [[{ type: event.type, sku, location, reservationId: null, details: heard }]];
}

/** Places that goods have come to, and that they were not sent to. */
export function astrayOf({ from, to, lines }: Transfer): readonly string[] {
  const places = new Set(lines.flatMap((line) => line.places.map(({ place }) => place)));
  return [...places].filter((place) => place !== from && place !== to);
}

/** Where the goods were sent, and wherever something was done with them. */
function placesOf({ to, lines }: Transfer): ReadonlySet<string> {
  return new Set([to, ...lines.flatMap(({ places }) => places.map(({ place }) => place))]);
}

/**
 * The steps, for both ends. When it becomes known where the goods have come from, that end is to hear of all that is known
 * besides, and so is an end that does not know it when it receives them. A place that goods have come to, and that they
 * were not sent to, is told for itself.
 */
function noticesOf(
  before: Transfer | undefined,
  after: Transfer,
  events: readonly Movement[],
  peer?: string,
): readonly NoticeDraft[] {
  const [first] = events;
  if (first === undefined) return [];
  const steps = events.map((event) => notice(after, event, event.location, peer));
  const told = new Set(events.map(({ sku }) => sku));
  const skus = isMatch(before, after, first, peer) ? after.lines.map(({ sku }) => sku) : [...told];
  const about = (sku: string, location: string) =>
    notice(after, { ...first, sku, quantity: 0 }, location, peer);
  const astray = astrayOf(after).filter((place) => place !== first.location);
  return [
    ...steps,
    ...skus.filter((sku) => !told.has(sku)).map((sku) => about(sku, first.location)),
    ...astray.flatMap((place) => skus.map((sku) => about(sku, place))),
  ];
}

/** Whether the dispatch and the arrival come together by this: here, or at the end that did not know of the other. */
function isMatch(
  before: Transfer | undefined,
  after: Transfer,
  { type, details }: Movement,
  peer: string | undefined,
): boolean {
  if (after.from === null) return false;
  const isUnknownThere = type !== 'dispatch' && details?.source === undefined && peer !== undefined;
  return before?.from === null || isUnknownThere;
}

/** How a transfer stands, for the node that has, or gets, the goods of a location in hand: all products, or the given. */
export function standing(
  transfer: Transfer,
  location: string,
  only?: ReadonlySet<string>,
): EventGroup {
  return transfer.lines
    .filter(({ sku }) => only?.has(sku) ?? true)
    .map(({ sku }) => tell(transfer, sku, location, {}));
}

/** @param location that is to hear of it, besides both ends */
function notice(
  after: Transfer,
  event: Movement,
  location: string,
  peer: string | undefined,
): NoticeDraft {
  const reason = event.details?.reason;
  return tell(after, event.sku, location, {
    step: stepOf(event),
    units: event.quantity,
    ...(peer !== undefined && { peer }),
    ...(reason !== undefined && { reason }),
  });
}

function tell(
  transfer: Transfer,
  sku: string,
  location: string,
  step: Pick<EventDetails, 'step' | 'units' | 'peer' | 'reason'>,
): NoticeDraft {
  const { id, from, to, reference } = transfer;
  const details: EventDetails = {
    transferId: id,
    ...step,
    ...(from !== null && { source: from }),
    destination: to,
    ...(reference !== null && { reference }),
    places: transferLine(transfer, sku).places,
  };
  return { type: 'transfer_step', sku, location, reservationId: null, details };
}

function stepOf({ type, to }: Movement): TransferStep {
  if (type === 'dispatch' || type === 'arrive' || type === 'recall') return type;
  return to === 'shrinkage' ? 'lost' : 'found';
}

/** A shop's node could say anything; what no ledger writes is kept, and does nothing. */
export function isCredible(
  { sku, location, details }: Pick<EventDraft, 'sku' | 'location' | 'details'>,
  id: string,
): boolean {
  const { destination, source, reference = '', reason = '' } = details ?? {};
  const names = [sku, location, destination, source].filter((name) => typeof name === 'string');
  return (
    isTransferId(id) &&
    names.every((name) => identifierProblem(name) === null) &&
    [reference, reason].every((text) => text.isWellFormed() && !text.includes('\u0000'))
  );
}

export function isExact({ quantity, received, lost, returned, found }: TransferLine): boolean {
  return [quantity, received, lost, returned, found].every((units) => Number.isSafeInteger(units));
}

function sameTransfer(one: Transfer, other: Transfer): boolean {
  return (
    one.from === other.from &&
    one.to === other.to &&
    one.reference === other.reference &&
    one.lines.length === other.lines.length &&
    one.lines.every(({ sku, places }) => {
      const line = transferLine(other, sku);
      return (
        places.length === line.places.length &&
        places.every((totals) => sameTotals(totals, totalsAt(line, totals.place)))
      );
    })
  );
}

function sameTotals(one: TransferTotals, other: TransferTotals): boolean {
  return (
    one.quantity === other.quantity &&
    one.received === other.received &&
    one.lost === other.lost &&
    one.returned === other.returned &&
    one.found === other.found
  );
}
