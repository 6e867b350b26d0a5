import {
  type EventDetails,
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
  const source = type === 'dispatch' ? { source: location } : {};
  const told = { ...details, ...source, totals };
  const notice = { type: 'transfer_step', sku, location, reservationId: null } as const;
  return { ...notice, details: told, actor, requestId, position, time };
}

/**
 * The notices of this node's own steps, where another node has the goods at another place of the transfer.
 * @param before the transfer before the events; undefined for a new one
 */
export function ownSteps(
  state: LinkState,
  before: Transfer | undefined,
  after: Transfer,
  events: readonly LedgerEvent[],
): EventGroup {
  if (state.hub() !== undefined) return [];
  const places = [after.from, ...placesOf(after)];
  const isBetweenNodes = places.some(
    (place) => place !== null && state.location(place)?.node !== undefined,
  );
  const movements = events.filter((event) => isMovement(event));
  return isBetweenNodes ? noticesOf(before, after, movements) : [];
}

/** A hub's notice, kept by the node that hears it, unless that knows as much. */
export function learnOfStep(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, location, details } = event;
  if (isMovement(event) || details?.transferId === undefined) return NOTHING;
  const before = state.transfer(details.transferId);
  const after = evolveTransfer(before, [event], event.time);
  if (before && sameTransfer(before, after)) return NOTHING;
  const heard = { ...details, origin: link.peer };
  return [[{ type: event.type, sku, location, reservationId: null, details: heard }]];
}

/** Where the goods were sent, and wherever something was done with them. */
function placesOf({ to, lines }: Transfer): ReadonlySet<string> {
  return new Set([to, ...lines.flatMap(({ places }) => places.map(({ place }) => place))]);
}

/** What was done with the units of a product at a place. */
interface Told {
  readonly sku: string;
  readonly place: string;
}

/**
 * The steps, for both ends. When it becomes known where the goods have come from, that end is to hear of all that is known
 * besides. A place that goods have come to, and that they were not sent to, is told all for itself.
 */
function noticesOf(
  before: Transfer | undefined,
  after: Transfer,
  events: readonly Movement[],
  peer?: string,
): readonly NoticeDraft[] {
  const [first] = events;
  if (first === undefined) return [];
  const steps = events.map((event) => notice(after, event, event.location, event.location, peer));
  const isMatched = before?.from === null && after.from !== null;
  const told = events.map(({ sku, location: place }) => ({ sku, place }));
  const all = after.lines.flatMap(({ sku, places }) => places.map(({ place }) => ({ sku, place })));
  const others = all.filter((one) => !told.some((other) => isSame(one, other)));
  const rest = isMatched ? others : [];
  const known = { ...first, quantity: 0 };
  const about = ({ sku, place }: Told, location: string) =>
    notice(after, { ...known, sku }, place, location, peer);
  const astray = [...placesOf(after)].filter((place) => place !== after.from && place !== after.to);
  return [
    ...steps,
    ...rest.map((one) => about(one, one.place)),
    ...astray.flatMap((location) => {
      const unheard = (isMatched ? all : told).filter(({ place }) => place !== location);
      return unheard.map((one) => about(one, location));
    }),
  ];
}

function isSame(one: Told, other: Told): boolean {
  return one.sku === other.sku && one.place === other.place;
}

/** @param location that is to hear of it, besides both ends */
function notice(
  after: Transfer,
  event: Movement,
  place: string,
  location: string,
  peer: string | undefined,
): NoticeDraft {
  const { id, from, to, reference } = after;
  const { sku, quantity: units } = event;
  const { quantity, received, lost, returned, found } = totalsAt(transferLine(after, sku), place);
  const reason = event.details?.reason;
  const details: EventDetails = {
    transferId: id,
    step: stepOf(event),
    units,
    ...(peer !== undefined && { peer }),
    ...(from !== null && { source: from }),
    destination: to,
    ...(place !== location && { place }),
    ...(reference !== null && { reference }),
    ...(reason !== undefined && { reason }),
    totals: { quantity, received, lost, returned, found },
  };
  return { type: 'transfer_step', sku, location, reservationId: null, details };
}

function stepOf({ type, to }: Movement): TransferStep {
  if (type === 'dispatch' || type === 'arrive' || type === 'recall') return type;
  return to === 'shrinkage' ? 'lost' : 'found';
}

/** A shop's node could say anything; what no ledger writes is kept, and does nothing. */
function isCredible({ sku, location, details }: Movement, id: string): boolean {
  const names = [sku, location, details?.destination ?? location];
  const texts = [details?.reference ?? '', details?.reason ?? ''];
  return (
    isTransferId(id) &&
    names.every((name) => identifierProblem(name) === null) &&
    texts.every((text) => text.isWellFormed() && !text.includes('\u0000'))
  );
}

function isExact({ quantity, received, lost, returned, found }: TransferLine): boolean {
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
