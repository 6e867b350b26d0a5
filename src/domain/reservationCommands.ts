import type {
  CancelCommand,
  ConfirmCommand,
  ExpireCommand,
  ExtendCommand,
  FulfilCommand,
  RedactCommand,
} from './commands.ts';
import { accept, type Decision, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft, MovementType, NoticeDraft } from './events.ts';
import { quantityByLevel } from './lines.ts';
import type { RefusalOf } from './refusalPrecedence.ts';
import type { LineExcess } from './refusals.ts';
import { isDue, lineBalances, type Reservation, type ReservationLine } from './reservation.ts';
import { THIS_COMMIT } from './stamp.ts';
import type { Rules, State } from './state.ts';
import { type Account, levelKey, type OutsideAccount } from './stock.ts';

/** Sells what is held: all of it, or of each line what `lines` says; the rest is released. */
export function decideConfirm(
  state: State,
  command: ConfirmCommand,
  now: number,
): DecisionOf<'confirm'> {
  const reservation = state.reservation(command.reservationId);
  if (!reservation) return notFound(state, command);
  if (reservation.status === 'expired' || isDue(reservation, now)) return expired(reservation);
  if (reservation.status === 'cancelled') return refuse({ code: 'reservation_cancelled' });
  const foreign = lineOutside(reservation, command);
  if (foreign) return refuse(foreign);
  const wanted = wantedOfEach(reservation, command);
  if (reservation.status !== 'held') {
    return reservation.lines.every((line, i) => line.confirmed === wanted[i])
      ? accept([])
      : refuse({ code: 'confirm_differs' });
  }
  const excess = findExcess(reservation, wanted, (line) => line.quantity);
  if (excess.length > 0) return refuse({ code: 'line_exceeds_hold', lines: excess });
  const details = occurred(command);
  return accept(
    reservation.lines.flatMap((line, i) => {
      const sold = wanted[i] ?? 0;
      return [
        ...move(reservation, line, 'confirm', sold, 'reserved', 'committed', details),
        ...move(
          reservation,
          line,
          'release',
          line.quantity - sold,
          'reserved',
          'available',
          details,
        ),
      ];
    }),
  );
}

/** Gives back what is not handed over, once. */
export function decideCancel(
  state: State,
  command: CancelCommand,
  now: number,
): DecisionOf<'cancel'> {
  const reservation = state.reservation(command.reservationId);
  if (!reservation) return notFound(state, command);
  if (reservation.status === 'expired' || isDue(reservation, now)) return expired(reservation);
  if (reservation.status === 'cancelled' || wasCancelledInPart(reservation)) return accept([]);
  if (reservation.status === 'fulfilled') return refuse({ code: 'reservation_fulfilled' });
  const part = reservation.lines.find((line) => isInHandsOf(state, line));
  if (part?.passed) return goodsElsewhere(reservation, part.passed.node);
  const lost = lostParts(reservation);
  return accept([...lost, ...giveBack(reservation, 'cancel', occurred(command))]);
}

/** Whether the node that goods of the line were passed to still has some, and the place that they are at. */
function isInHandsOf(state: State, { location, passed }: ReservationLine): boolean {
  const holder = state.location(location)?.node;
  return passed !== undefined && passed.open > 0 && passed.node === holder;
}

/** What was passed to a node that was given up for lost is not handed over any more, and does not come back. */
function lostParts({ id, lines }: Reservation): NoticeDraft[] {
  return lines.flatMap(({ sku, location, passed }) => {
    if (passed === undefined || passed.open === 0) return [];
    const details = { peer: passed.node, units: passed.open };
    return [{ type: 'part_cancelled', sku, location, reservationId: id, details }];
  });
}

/** A reservation that was cancelled after some of it was handed over ends as `fulfilled`. */
function wasCancelledInPart(reservation: Reservation): boolean {
  return (
    reservation.status === 'fulfilled' &&
    reservation.lines.some((line) => line.fulfilled < line.confirmed)
  );
}

/** Makes a hold last `ttlSeconds` from now; never shorter than it would have. */
export function decideExtend(
  state: State,
  command: ExtendCommand,
  now: number,
  rules: Rules,
): DecisionOf<'extend'> {
  const reservation = state.reservation(command.reservationId);
  if (!reservation) return notFound(state, command);
  if (reservation.status === 'expired' || isDue(reservation, now)) return expired(reservation);
  if (reservation.status === 'cancelled') return refuse({ code: 'reservation_cancelled' });
  if (reservation.status === 'confirmed') return refuse({ code: 'reservation_confirmed' });
  if (reservation.status === 'fulfilled') return refuse({ code: 'reservation_fulfilled' });
  const expiresAt = now + command.ttlSeconds * 1000;
  const madeAt = reservation.createdAt === THIS_COMMIT ? now : reservation.createdAt;
  const latestExpiresAt = madeAt + rules.holdLifeMaxMs;
  if (expiresAt > latestExpiresAt) return refuse({ code: 'hold_life_exceeded', latestExpiresAt });
  if (expiresAt <= reservation.expiresAt) return accept([]);
  const details: EventDetails = {
    before: { expiresAt: reservation.expiresAt },
    after: { expiresAt },
  };
  return accept([
    { type: 'extend', sku: null, location: null, reservationId: reservation.id, details },
  ]);
}

/** Hands over what was sold. `lines` are totals so far, so that a repeated command ships nothing twice. */
export function decideFulfil(
  state: State,
  command: FulfilCommand,
  now: number,
): DecisionOf<'fulfil'> {
  const reservation = state.reservation(command.reservationId);
  if (!reservation) return notFound(state, command);
  if (reservation.status === 'expired' || isDue(reservation, now)) return expired(reservation);
  if (reservation.status === 'cancelled') return refuse({ code: 'reservation_cancelled' });
  if (reservation.status === 'held') return refuse({ code: 'reservation_not_confirmed' });
  const foreign = lineOutside(reservation, command);
  if (foreign) return refuse(foreign);
  const totals = totalsOfEach(reservation, command);
  const excess = findExcess(reservation, totals, (line) => line.confirmed);
  if (reservation.status === 'fulfilled') {
    const more = reservation.lines.some((line, i) => (totals[i] ?? 0) > line.fulfilled);
    return more ? refuse({ code: 'reservation_fulfilled' }) : accept([]);
  }
  if (excess.length > 0) return refuse({ code: 'line_exceeds_confirmed', lines: excess });
  const node = handedOverBy(state, reservation, totals);
  if (node !== undefined) return goodsElsewhere(reservation, node);
  const details = occurred(command);
  return accept(
    reservation.lines.flatMap((line, i) => {
      const more = Math.max((totals[i] ?? 0) - line.fulfilled, 0);
      return move(reservation, line, 'fulfil', more, 'committed', 'customer', details);
    }),
  );
}

/** Gives a hold back when its time is over. One that is no longer held has nothing to give back. */
export function decideExpire(
  state: State,
  command: ExpireCommand,
  now: number,
): DecisionOf<'expire'> {
  const reservation = state.reservation(command.reservationId);
  if (!reservation) return notFound(state, command);
  if (reservation.status !== 'held') return accept([]);
  if (!isDue(reservation, now)) {
    return refuse({ code: 'reservation_not_due', expiresAt: reservation.expiresAt });
  }
  return accept(giveBack(reservation, 'expire', null));
}

export function decideRedact(state: State, command: RedactCommand): DecisionOf<'redact'> {
  const reservation = state.reservation(command.reservationId);
  if (!reservation) return notFound(state, command);
  if (reservation.reference === null && reservation.metadata === null) return accept([]);
  return accept([
    { type: 'redact', sku: null, location: null, reservationId: reservation.id, details: null },
  ]);
}

type LineCommand = ConfirmCommand | FulfilCommand;

function notFound(
  state: State,
  command: { readonly reservationId: string },
): Decision<RefusalOf<'redact'>> {
  const { reservationId } = command;
  const node = state.nodeOfReservation(reservationId);
  if (node !== undefined) return refuse({ code: 'reservation_elsewhere', reservationId, node });
  return refuse({ code: 'reservation_not_found', reservationId: command.reservationId });
}

function expired(
  reservation: Reservation,
): Decision<Extract<RefusalOf<'cancel'>, { code: 'reservation_expired' }>> {
  return refuse({ code: 'reservation_expired', expiredAt: reservation.expiresAt });
}

function lineOutside(
  reservation: Reservation,
  command: LineCommand,
): Extract<RefusalOf<'confirm'>, { code: 'line_not_in_reservation' }> | undefined {
  if (!command.lines) return undefined;
  const known = quantityByLevel(reservation.lines);
  const foreign = command.lines.find((line) => !known.has(levelKey(line.sku, line.location)));
  return (
    foreign && { code: 'line_not_in_reservation', sku: foreign.sku, location: foreign.location }
  );
}

/** For each line of the reservation what a confirm asks to sell of it. */
function wantedOfEach(reservation: Reservation, command: ConfirmCommand): number[] {
  if (!command.lines) return reservation.lines.map((line) => line.quantity);
  const wanted = quantityByLevel(command.lines);
  return reservation.lines.map((line) => wanted.get(levelKey(line.sku, line.location)) ?? 0);
}

/** For each line of the reservation how much of it shall be handed over in all. */
function totalsOfEach(reservation: Reservation, command: FulfilCommand): number[] {
  if (!command.lines) {
    return reservation.lines.map((line) =>
      reservation.status === 'confirmed' ? line.confirmed : line.fulfilled,
    );
  }
  const totals = quantityByLevel(command.lines);
  return reservation.lines.map(
    (line) => totals.get(levelKey(line.sku, line.location)) ?? line.fulfilled,
  );
}

function findExcess(
  reservation: Reservation,
  asked: readonly number[],
  allowedOf: (line: ReservationLine) => number,
): LineExcess[] {
  return reservation.lines.flatMap((line, i) => {
    const requested = asked[i] ?? 0;
    const allowed = allowedOf(line);
    const { sku, location } = line;
    return requested > allowed ? [{ sku, location, requested, allowed }] : [];
  });
}

/** The node that has goods in hand which are to be handed over, where that is not this one. */
function handedOverBy(
  state: State,
  { lines }: Reservation,
  totals: readonly number[],
): string | undefined {
  for (const [i, line] of lines.entries()) {
    if ((totals[i] ?? 0) <= line.fulfilled) continue;
    const node = line.passed?.node ?? state.location(line.location)?.node;
    if (node !== undefined) return node;
  }
  return undefined;
}

function goodsElsewhere(
  { id }: Reservation,
  node: string,
): Decision<Extract<RefusalOf<'cancel'>, { code: 'goods_elsewhere' }>> {
  return refuse({ code: 'goods_elsewhere', reservationId: id, node });
}

/** What is still reserved or committed here goes back to available. */
export function giveBack(
  reservation: Reservation,
  type: 'cancel' | 'expire',
  details: EventDetails | null,
): MovementDraft[] {
  return reservation.lines.flatMap((line) => {
    const { reserved, committed: sold } = lineBalances(reservation.status, line);
    const committed = sold - (line.passed?.open ?? 0);
    return [
      ...move(reservation, line, type, reserved, 'reserved', 'available', details),
      ...move(reservation, line, type, committed, 'committed', 'available', details),
    ];
  });
}

/** One movement of a line, or none where nothing moves. */
function move(
  reservation: Reservation,
  line: ReservationLine,
  type: MovementType,
  quantity: number,
  from: Account,
  to: Account | OutsideAccount,
  details: EventDetails | null,
): MovementDraft[] {
  if (quantity === 0) return [];
  const { sku, location } = line;
  const { id: reservationId, madeBy } = reservation;
  const said = madeBy === undefined ? details : { ...details, madeBy };
  return [{ type, sku, location, quantity, from, to, reservationId, details: said }];
}

function occurred(command: { readonly occurredAt?: number }): EventDetails | null {
  return command.occurredAt === undefined ? null : { occurredAt: command.occurredAt };
}
