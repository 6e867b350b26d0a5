import type { Line, ReserveCommand } from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft } from './events.ts';
import { canonicalJson } from './json.ts';
import { mergeLines, sameLines } from './lines.ts';
import { fenced } from './movements.ts';
import type { Shortage } from './refusals.ts';
import type { Reservation } from './reservation.ts';
import { shortageOf } from './shortage.ts';
import type { State } from './state.ts';

/** Holds all lines or none. The same request again, by the same actor, is accepted and changes nothing. */
export function decideReserve(
  state: State,
  command: ReserveCommand,
  now: number,
  actor: string,
): DecisionOf<'reserve'> {
  const { reservationId } = command;
  const lines = mergeLines(command.lines);
  const known = state.reservation(reservationId);
  if (known) {
    return asksForTheSame(known, command, lines, actor)
      ? accept([])
      : refuse({ code: 'reservation_id_taken', reservationId });
  }
  for (const { sku } of lines) {
    if (!state.product(sku)) return refuse({ code: 'product_not_found', sku });
  }
  for (const { location } of lines) {
    if (!state.location(location)) return refuse({ code: 'location_not_found', location });
  }
  for (const { location } of lines) {
    const place = state.location(location);
    const refusal = place && fenced(place);
    if (refusal) return refuse(refusal);
  }
  const shortages = findShortages(state, lines);
  if (shortages.length > 0) return refuse({ code: 'insufficient_stock', shortages });
  return accept(holdEvents(command, lines, now));
}

function asksForTheSame(
  known: Reservation,
  command: ReserveCommand,
  lines: readonly Line[],
  actor: string,
): boolean {
  return (
    known.createdBy === actor &&
    known.ttlSeconds === command.ttlSeconds &&
    known.reference === command.reference &&
    canonicalJson(known.metadata) === canonicalJson(command.metadata) &&
    sameLines(known.lines, lines)
  );
}

/** The lines, added up per level, that ask for more than is available. */
export function findShortages(state: State, lines: readonly Line[]): Shortage[] {
  const shortages: Shortage[] = [];
  for (const { sku, location, quantity } of lines) {
    if (state.level(sku, location).available >= quantity) continue;
    shortages.push(shortageOf(state, { sku, location, quantity }));
  }
  return shortages;
}

function holdEvents(command: ReserveCommand, lines: readonly Line[], now: number): MovementDraft[] {
  const { reservationId, ttlSeconds, occurredAt } = command;
  const expiresAt = now + ttlSeconds * 1000;
  const details: EventDetails =
    occurredAt === undefined ? { expiresAt, ttlSeconds } : { expiresAt, ttlSeconds, occurredAt };
  return lines.map(({ sku, location, quantity }) => ({
    type: 'reserve',
    sku,
    location,
    quantity,
    from: 'available',
    to: 'reserved',
    reservationId,
    details,
  }));
}
