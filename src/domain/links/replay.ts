import type { Product } from '../catalogue.ts';
import { sameContent } from '../catalogueCommands.ts';
import type { EventDraft, LoggedEvent, Movement, MovementDraft } from '../events.ts';
import { isMovement } from '../events.ts';
import { contentAfter } from '../evolveCatalogue.ts';
import { lineBalances, type Reservation, type ReservationLine } from '../reservation.ts';
import type { Account, OutsideAccount } from '../stock.ts';
import type { LevelName } from './commands.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import { replayStep, replayTold } from './replayTransfer.ts';
import type { LinkState } from './state.ts';

/**
 * Puts back what this log has lost of one command, as the peer's copy tells it. What has been done since may leave no
 * room for it: then what has left or entered the shop is booked all the same, and a promise that cannot be kept is not
 * made again. The balance may fall below zero, which is a shortfall like any other.
 * @param lost events that belong together (see `runsOf`)
 */
export function decideReplay(
  state: LinkState,
  link: Link,
  lost: readonly LoggedEvent[],
): readonly EventGroup[] {
  const movements = lost.filter((event) => isMovement(event));
  const [first] = movements;
  if (first === undefined) return lost.flatMap((event) => replayNotice(state, link, event));
  const ended = endsHold(first) ? state.reservation(first.reservationId ?? '') : undefined;
  if (ended !== undefined) return replayEnd(ended, movements);
  return movements.flatMap((event) => replayMovement(state, link, event));
}

/** Splits lost events into those of one command about one reservation, and single ones. */
export function runsOf(lost: readonly LoggedEvent[]): LoggedEvent[][] {
  const runs: LoggedEvent[][] = [];
  for (const event of lost) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && belongTogether(before, event)) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

function belongTogether(one: LoggedEvent, other: LoggedEvent): boolean {
  return (
    isMovement(one) &&
    isMovement(other) &&
    one.reservationId !== null &&
    one.reservationId === other.reservationId &&
    one.requestId === other.requestId &&
    one.time === other.time &&
    endOf(one) === endOf(other)
  );
}

/** How a reservation ends by the event: one request may have sold it and given it back. */
function endOf(event: LoggedEvent): 'sale' | 'cancel' | 'expire' | null {
  if (!endsHold(event)) return null;
  return event.type === 'cancel' || event.type === 'expire' ? event.type : 'sale';
}

/** Events that change a reservation as a whole, whichever of its lines they name. */
function endsHold({ type }: LoggedEvent): boolean {
  return type === 'confirm' || type === 'release' || type === 'cancel' || type === 'expire';
}

/**
 * Ends what is still held or sold as the lost command did. Lines that it does not name lie elsewhere, so the peer was
 * not told of them: they were sold with the others, or given back with them.
 */
function replayEnd(
  reservation: Reservation,
  movements: readonly (LoggedEvent & Movement)[],
): readonly EventGroup[] {
  const isSale = movements.some(({ type }) => type === 'confirm' || type === 'release');
  const isOpen = reservation.status === 'held' || (reservation.status === 'confirmed' && !isSale);
  const fitting = movements.filter((event) => hasUnits(reservation, event));
  const last = movements.at(-1);
  if (!isOpen || last === undefined || fitting.length < movements.length) return NOTHING;
  const rest = reservation.lines.flatMap((line) => {
    const named = movements.filter((event) => isAt(event, line));
    return restOf(reservation, line, named, isSale, last);
  });
  return [[...fitting.map(again), ...rest]];
}

/** What the events leave of a line. */
function restOf(
  reservation: Reservation,
  line: ReservationLine,
  named: readonly Movement[],
  isSale: boolean,
  last: LoggedEvent & Movement,
): readonly MovementDraft[] {
  const { sku, location } = line;
  const { reserved, committed } = unitsOf(reservation, line);
  const quantity = reserved + committed - named.reduce((sum, event) => sum + event.quantity, 0);
  if (quantity <= 0) return [];
  const isSold = isSale && named.length === 0;
  const type = isSold ? 'confirm' : isSale ? 'release' : last.type;
  const from = reserved > 0 ? 'reserved' : 'committed';
  const to = isSold ? 'committed' : 'available';
  return [{ ...again(last), type, sku, location, quantity, from, to }];
}

function hasUnits(
  reservation: Reservation,
  event: Pick<Movement, 'sku' | 'location' | 'from' | 'quantity'>,
): boolean {
  const line = reservation.lines.find((one) => isAt(event, one));
  if (line === undefined) return false;
  const units = unitsOf(reservation, line);
  const { from, quantity } = event;
  return (from === 'reserved' || from === 'committed') && units[from] >= quantity;
}

function isAt(one: LevelName, other: LevelName): boolean {
  return one.sku === other.sku && one.location === other.location;
}

/** Units of the line in the accounts of its level; what was passed on is in those of another node. */
function unitsOf(
  { status }: Reservation,
  line: ReservationLine,
): { readonly reserved: number; readonly committed: number } {
  const { reserved, committed } = lineBalances(status, line);
  return { reserved, committed: committed - (line.passed?.open ?? 0) };
}

function replayMovement(
  state: LinkState,
  link: Link,
  event: LoggedEvent & Movement,
): readonly EventGroup[] {
  if (event.type === 'accept' && (event.details?.grant ?? 0) <= link.acceptedThrough)
    return NOTHING;
  // The node that was given up is not any more: an operator has to do it again.
  if (event.type === 'write_off') return NOTHING;
  if (event.details?.transferId !== undefined) {
    const step = replayStep(state, event);
    if (step.quantity === 0) return NOTHING;
    return [...missingPlaces(state, link, event), [step]];
  }
  const movement = fits(state, event) ? again(event) : replayOutside(event);
  return movement === null ? NOTHING : [...missingPlaces(state, link, event), [movement]];
}

function again(event: LoggedEvent & Movement): MovementDraft {
  const { type, sku, location, quantity, from, to, reservationId, details, position } = event;
  const said = { ...details, replayOf: position };
  return { type, sku, location, quantity, from, to, reservationId, details: said };
}

/** Whether every account has what the movement takes, and its reservation is as it was before it. */
function fits(state: LinkState, event: LoggedEvent & Movement): boolean {
  const { sku, location, quantity, from, type, reservationId } = event;
  const level = state.level(sku, location);
  if (reservationId !== null && !reservationFits(state, event, reservationId)) return false;
  if (from === 'reserved' || from === 'committed' || from === 'unavailable') {
    return level[from] >= quantity;
  }
  const promises = type === 'reserve' || type === 'quarantine' || type === 'dispatch';
  return !promises || level.available >= quantity;
}

/** A reservation that has ended stays as it is. */
function reservationFits(state: LinkState, event: LoggedEvent & Movement, id: string): boolean {
  const known = state.reservation(id);
  const { type, details } = event;
  if (type !== 'reserve' && type !== 'accept') return known !== undefined && hasUnits(known, event);
  if (known === undefined) return true;
  const isOpen = known.status === (type === 'reserve' ? 'held' : 'confirmed');
  return (
    isOpen && known.madeBy === details?.madeBy && !known.lines.some((line) => isAt(event, line))
  );
}

/** What has left or entered the shop, without the promise that it was for. */
function replayOutside(event: LoggedEvent & Movement): MovementDraft | null {
  const { from, to, type, position, details } = event;
  const draft = { ...again(event), reservationId: null };
  if (type === 'grant') return { ...draft, from: 'available' };
  if (type === 'accept') return { ...draft, to: 'available' };
  const bare = {
    ...draft,
    type: 'adjust',
    details: { reason: details?.reason ?? type, replayOf: position },
  } as const;
  if (isOutside(to))
    return isOutside(from) ? null : { ...bare, from: 'available', to: 'shrinkage' };
  return isOutside(from) ? { ...bare, from: 'shrinkage', to: 'available' } : null;
}

function isOutside(account: Account | OutsideAccount): boolean {
  return (
    account === 'customer' ||
    account === 'supplier' ||
    account === 'shrinkage' ||
    account === 'transit'
  );
}

/** What the catalogue has lost as well comes back with a name of its own; the hub's version will follow. */
function missingPlaces(
  state: LinkState,
  link: Link,
  { sku, location }: Movement,
): readonly EventGroup[] {
  const groups: EventGroup[] = [];
  if (!state.product(sku)) {
    const after = { name: sku, description: null, category: null, attributes: null };
    groups.push([notice('product_created', { sku, location: null }, { after, peer: link.peer })]);
  }
  if (!state.location(location)) {
    const after = { name: location, kind: 'store', attributes: null } as const;
    groups.push([notice('location_created', { sku: null, location }, { after, peer: link.peer })]);
  }
  return groups;
}

function notice(
  type: 'product_created' | 'location_created',
  name: { readonly sku: string | null; readonly location: string | null },
  details: EventDraft['details'],
): EventDraft {
  return { type, ...name, reservationId: null, details };
}

/**
 * Extensions and the catalogue. What was asked of peers was given up since, and what they did they will say again. There
 * may be goods by now of what was removed: of a product all shops are asked again, and a location stays.
 */
function replayNotice(state: LinkState, link: Link, event: LoggedEvent): readonly EventGroup[] {
  if (isMovement(event)) return NOTHING;
  if (event.type === 'transfer_step') return replayTold(state, link, event);
  const { type, sku, location, reservationId, details, position } = event;
  const said = { ...details, replayOf: position };
  const draft: EventDraft = { type, sku, location, reservationId, details: said };
  if (type === 'extend' && reservationId !== null) {
    return state.reservation(reservationId)?.status === 'held' ? [[draft]] : NOTHING;
  }
  // Grants that it took in before and after this are of two pasts of the peer's log, each with positions of its own.
  if (type === 'node_reconciled' && details?.peer === link.peer) return [[draft]];
  if (type === 'product_deleted' && sku !== null) {
    return state.product(sku) ? [[{ ...draft, type: 'removal_asked' }]] : NOTHING;
  }
  return isNews(state, event) ? [[draft]] : NOTHING;
}

function isNews(state: LinkState, event: LoggedEvent): boolean {
  const { type, sku, location } = event;
  if (type.startsWith('removal_')) return sku !== null && isRemovalNews(state.product(sku), event);
  const known = type.startsWith('product_')
    ? sku !== null && state.product(sku)
    : type.startsWith('location_') && location !== null && state.location(location);
  if (known === false) return false;
  const after = contentAfter(event);
  if (after === undefined) return false;
  return known === undefined || 'removal' in known || !sameContent(known, after);
}

/** Whether it is known already that the product is to be removed, and what the peer has said of it. */
function isRemovalNews(known: Product | undefined, { type, details }: LoggedEvent): boolean {
  if (type === 'removal_asked') return known !== undefined && known.removal === undefined;
  if (known?.removal === undefined) return false;
  return type === 'removal_kept' || !known.removal.includes(details?.peer ?? '');
}
