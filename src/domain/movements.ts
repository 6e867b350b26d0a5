import type { Location } from './catalogue.ts';
import type { MovementCommand } from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft } from './events.ts';
import { lentUnits } from './links/share.ts';
import type { Refusal } from './refusals.ts';
import { shortageOf } from './shortage.ts';
import type { State } from './state.ts';
import { type Account, fits, type Level, type OutsideAccount, promisedUnits } from './stock.ts';

type MovementDecision = DecisionOf<MovementCommand['type']>;
type Anywhere = Account | OutsideAccount;

/** Decides a change of one stock level. Order of checks: see `REFUSAL_PRECEDENCE`. */
export function decideMovement(state: State, command: MovementCommand): MovementDecision {
  const { sku, location, expectedVersion } = command;
  if (!state.product(sku)) return refuse({ code: 'product_not_found', sku });
  const place = state.location(location);
  if (!place) return refuse({ code: 'location_not_found', location });
  const foreign = custodyElsewhere(place) ?? fencedSale(place, command);
  if (foreign) return refuse(foreign);
  const level = state.level(sku, location);
  if (expectedVersion !== undefined && expectedVersion !== level.version) {
    return refuse({ code: 'version_mismatch', expectedVersion, version: level.version });
  }
  switch (command.type) {
    case 'receive':
      return bringIn(level, command, 'supplier');
    case 'return':
      return bringIn(level, command, 'customer');
    case 'sell':
      return takeOut(state, level, command, command.quantity, 'customer');
    case 'quarantine':
      return takeOut(state, level, command, command.quantity, 'unavailable');
    case 'restore':
      return restore(level, command);
    case 'adjust':
      return command.quantity < 0
        ? takeOut(state, level, command, -command.quantity, 'shrinkage')
        : bringIn(level, command, 'shrinkage');
    case 'count':
      return count(state, level, command);
  }
}

/** Whoever has the goods books what happens to them. */
export function custodyElsewhere({
  location,
  node,
}: Location): Extract<Refusal, { code: 'custody_elsewhere' }> | undefined {
  return node === undefined ? undefined : { code: 'custody_elsewhere', location, node };
}

/** Nothing is promised where it is not certain what is owned. */
export function fenced({
  location,
  fence,
}: Location): Extract<Refusal, { code: 'node_fenced' }> | undefined {
  return fence === undefined ? undefined : { code: 'node_fenced', location, fence };
}

/** A sale over the counter is a promise too, unless the goods are gone already. */
function fencedSale(place: Location, { type, allowShortfall }: MovementCommand) {
  return type === 'sell' && allowShortfall !== true ? fenced(place) : undefined;
}

function bringIn(level: Level, command: MovementCommand, from: OutsideAccount): MovementDecision {
  const { sku, location, quantity } = command;
  if (!fits(level, quantity)) return refuse({ code: 'balance_too_large', sku, location });
  return accept([movement(command, quantity, from, 'available')]);
}

function takeOut(
  state: State,
  level: Level,
  command: MovementCommand,
  quantity: number,
  to: Anywhere,
): MovementDecision {
  const { sku, location, allowShortfall } = command;
  const mayFallShort = allowShortfall === true && command.type !== 'quarantine';
  if (level.available < quantity && !mayFallShort) {
    return refuse({
      code: 'insufficient_stock',
      shortages: [shortageOf(state, { sku, location, quantity })],
    });
  }
  return accept([movement(command, quantity, 'available', to, level.available - quantity)]);
}

function restore(level: Level, command: MovementCommand): MovementDecision {
  const { quantity } = command;
  const { unavailable } = level;
  if (unavailable < quantity) {
    return refuse({ code: 'insufficient_unavailable', requested: quantity, unavailable });
  }
  return accept([movement(command, quantity, 'unavailable', 'available')]);
}

/**
 * A count says what is on the shelf, promised units included, and those that other nodes own: `available` takes up the
 * difference.
 */
function count(state: State, level: Level, command: MovementCommand): MovementDecision {
  const counted = command.quantity;
  const shares = state.sharesOf(level.sku, level.location);
  const lent = shares.reduce((units, share) => units + lentUnits(share), 0);
  const promised = promisedUnits(level) + lent;
  if (counted < promised && command.allowShortfall !== true) {
    return refuse({ code: 'count_below_promised', counted, promised });
  }
  const available = counted - promised;
  const difference = available - level.available;
  return accept([
    difference < 0
      ? movement(command, -difference, 'available', 'shrinkage', available)
      : movement(command, difference, 'shrinkage', 'available', available),
  ]);
}

function movement(
  command: MovementCommand,
  quantity: number,
  from: Anywhere,
  to: Anywhere,
  availableAfter = 0,
): MovementDraft {
  const { type, sku, location } = command;
  const details = detailsOf(command, availableAfter);
  return { type, sku, location, quantity, from, to, reservationId: null, details };
}

function detailsOf(command: MovementCommand, availableAfter: number): EventDetails | null {
  const { reason, reference, occurredAt } = command;
  const short = availableAfter < 0;
  if (reason === undefined && reference === undefined && occurredAt === undefined && !short) {
    return null;
  }
  return {
    ...(reason !== undefined && { reason }),
    ...(reference !== undefined && { reference }),
    ...(occurredAt !== undefined && { occurredAt }),
    ...(short && { shortfall: -availableAfter }),
  };
}
