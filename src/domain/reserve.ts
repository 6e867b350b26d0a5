import type { Line, ReserveCommand } from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft } from './events.ts';
import { canonicalJson } from './json.ts';
import { mergeLines, sameLines } from './lines.ts';
import { fenced } from './movements.ts';
import type { RefusalOf } from './refusalPrecedence.ts';
import type { LevelShortage, Shortage } from './refusals.ts';
import type { Reservation } from './reservation.ts';
import { shortageOf } from './shortage.ts';
import { isAnsweredBy } from './sourcing/repeated.ts';
import { type Borrowable, fencedOrigin, sourceLines } from './sourcing/source.ts';
import type { State } from './state.ts';

/**
 * Holds all lines or none. The same request again, by the same actor, is accepted and changes nothing.
 * @param borrowable what lines that leave the location open may count on of other nodes' units; what they then lack here
 *   is refused as for lines that had named the place
 */
export function decideReserve(
  state: State,
  command: ReserveCommand,
  now: number,
  actor: string,
  borrowable: Borrowable,
): DecisionOf<'reserve'> {
  const { reservationId } = command;
  const lines = mergeLines(command.lines);
  const known = state.reservation(reservationId);
  if (known) {
    return asksForTheSame(known, command, lines, actor)
      ? accept([])
      : refuse({ code: 'reservation_id_taken', reservationId });
  }
  const impossible = unknownIn(state, command, lines) ?? fencedIn(state, command, lines);
  if (impossible) return refuse(impossible);
  const found = command.sourcing && sourceLines(state, command.sourcing, lines, borrowable);
  const all = found ? mergeLines([...lines, ...found.parts]) : lines;
  const shortages: Shortage[] = [...findShortages(state, all), ...(found?.shortages ?? [])];
  if (shortages.length > 0) return refuse({ code: 'insufficient_stock', shortages });
  return accept(holdEvents(command, all, now));
}

type ReserveRefusal = RefusalOf<'reserve'>;

/** What the command names and the catalogue does not have. */
function unknownIn(
  state: State,
  { sourcing }: ReserveCommand,
  lines: readonly Line[],
): ReserveRefusal | undefined {
  const open = sourcing?.lines ?? [];
  for (const { sku } of [...lines, ...open]) {
    if (!state.product(sku)) return { code: 'product_not_found', sku };
  }
  const listed = open.flatMap(({ from }) => (from === 'any' ? [] : from));
  for (const location of [...lines.map((line) => line.location), ...listed]) {
    if (!state.location(location)) return { code: 'location_not_found', location };
  }
  return undefined;
}

/** A place of the command where nothing is promised. */
function fencedIn(
  state: State,
  { sourcing }: ReserveCommand,
  lines: readonly Line[],
): ReserveRefusal | undefined {
  const named = lines.map(({ location }) => state.location(location));
  const open = sourcing?.lines.map((line) => fencedOrigin(state, line)) ?? [];
  for (const place of [...named, ...open]) {
    const refusal = place && fenced(place);
    if (refusal) return refusal;
  }
  return undefined;
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
    (command.sourcing
      ? isAnsweredBy(known.lines, lines, command.sourcing)
      : sameLines(known.lines, lines))
  );
}

/** The lines, added up per level, that ask for more than is available. */
export function findShortages(state: State, lines: readonly Line[]): LevelShortage[] {
  const shortages: LevelShortage[] = [];
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
