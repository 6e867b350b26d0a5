import { waitsFor } from '../domain/catalogueCommands.ts';
import type { Command, ReserveCommand } from '../domain/commands.ts';
import { type Circumstances, decide } from '../domain/decide.ts';
import type { Decision } from '../domain/decision.ts';
import { unitsWanted } from '../domain/demand.ts';
import type { LedgerEvent, Origin } from '../domain/events.ts';
import { isMovement } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';
import { isLinkCommand, type LevelName, type LinkCommand } from '../domain/links/commands.ts';
import { decideCover } from '../domain/links/grants.ts';
import { inFlight, type Share, shareKey } from '../domain/links/share.ts';
import { isDue } from '../domain/reservation.ts';
import { availableForLine } from '../domain/sourcing/source.ts';
import type { OpenLine } from '../domain/sourcing/sourcing.ts';
import type { Rules, State } from '../domain/state.ts';
import { promisedUnits } from '../domain/stock.ts';
import { applyTold } from './applyTold.ts';
import { decideLinkCommand } from './decideLinkWork.ts';
import type { Work } from './ledger.ts';
import type { DecidedOutcome } from './outcome.ts';
import type { WorkingState } from './workingState.ts';

/** Who expires holds. */
export const SYSTEM_ACTOR = 'system';

/** Decides one command on the state as left by those before, and makes what follows from it happen. */
export function decideCommand(
  state: WorkingState,
  command: Command | LinkCommand,
  { actor, requestId, ...lending }: Origin & Lending,
  rules: Rules,
): DecidedOutcome {
  if (isLinkCommand(command)) {
    return decideLinkCommand(state, command, { actor, requestId }, (sku, location) => {
      for (const id of state.dueHolds(sku, location)) expire(state, id, requestId, rules);
    });
  }
  expireWhatIsDue(state, command, requestId, rules);
  coverAt(state, [...unitsWanted(command), ...candidatesOf(command)], requestId);
  const decision = decideOn(state, command, { now: state.now, actor, rules }, lending);
  if (!decision.accepted) {
    const { refusal } = decision;
    if (refusal.code === 'insufficient_stock') state.lostDemand.count(refusal.shortages);
    return { kind: 'refused', refusal };
  }
  const index = state.eventCount;
  const events = applyTold(state, decision.events, { actor, requestId });
  coverShortfalls(state, events, requestId);
  if (command.type === 'reserve' && events.length > 0) {
    state.annotate(command.reservationId, command);
  }
  return outcomeOf(state, command, events, index);
}

/** What other nodes can be asked for in the name of a command. */
type Lending = Pick<Work, 'mayBorrow' | 'asked' | 'beingAsked'>;

/**
 * Lines that leave the location open may count on other nodes' units; once some were asked for, only where what is here
 * does not do. Buyers who come together are sent to different nodes as far as that goes: what one is about to ask for the
 * next one does not count on, unless there is nothing else.
 */
function decideOn(
  state: WorkingState,
  command: Command,
  at: Circumstances,
  { mayBorrow, asked, beingAsked }: Lending,
): Decision {
  if (command.type !== 'reserve' || !command.sourcing || !mayBorrow) {
    return decide(state, command, at);
  }
  const here = asked && decide(state, command, at);
  if (here?.accepted) return here;
  const lent = (share: Share) => {
    const isAsked = asked?.has(shareKey(share.peer, share.sku, share.location)) === true;
    return isAsked ? 0 : Math.max(share.available + inFlight(share), 0);
  };
  const borrowable = (share: Share) => {
    const key = shareKey(share.peer, share.sku, share.location);
    return Math.max(lent(share) - (beingAsked?.get(key) ?? 0) - state.aboutToAsk(key), 0);
  };
  const decision = decide(state, command, { ...at, borrowable });
  return lacksAPlace(decision) ? decide(state, command, { ...at, borrowable: lent }) : decision;
}

/** Whether a line found no places that have enough together; otherwise it is known where units are missing. */
function lacksAPlace(decision: Decision): boolean {
  if (decision.accepted || decision.refusal.code !== 'insufficient_stock') return false;
  return decision.refusal.shortages.some(({ location }) => location === null);
}

/** Levels that lines may come from which leave the location open. */
function candidatesOf(command: Command): readonly LevelName[] {
  if (command.type !== 'reserve' || !command.sourcing) return NO_LEVELS;
  return command.sourcing.lines.flatMap(levelsOf);
}

const NO_LEVELS: readonly LevelName[] = [];

function levelsOf({ sku, candidates = [] }: OpenLine): readonly LevelName[] {
  return candidates.map(({ location }) => ({ sku, location }));
}

/** Units that come back go to a peer that has handed over what it does not have, before anybody else is promised them. */
function coverShortfalls(
  state: WorkingState,
  events: readonly LedgerEvent[],
  requestId: string,
): void {
  const cameBack = events.filter((event) => isMovement(event) && event.to === 'available');
  coverAt(state, cameBack, requestId);
}

/** Nothing is promised that a peer is known to owe: it may have come back while the link was fenced. */
function coverAt(
  state: WorkingState,
  places: readonly Pick<LedgerEvent, 'sku' | 'location'>[],
  requestId: string,
): void {
  for (const { sku, location } of places) {
    if (sku === null || location === null) continue;
    if (state.location(location)?.fence !== undefined) continue;
    for (const share of state.sharesOf(sku, location)) {
      if (!sharesPlace(state, share)) continue;
      const cover = decideCover(state.level(sku, location), share);
      state.apply(cover, { actor: SYSTEM_ACTOR, requestId });
    }
  }
}

/** Whether units at the place still pass to the peer: to a hub always, to a shop's node while it has the goods there. */
function sharesPlace(state: WorkingState, { peer, location }: Share): boolean {
  return peer === state.hub() || peer === state.location(location)?.node;
}

/**
 * Holds that are over give back their units before anything is refused for want of them, and a command to a hold that
 * is over finds it expired, swept or not.
 */
function expireWhatIsDue(
  state: WorkingState,
  command: Command,
  requestId: string,
  rules: Rules,
): void {
  for (const { sku, location } of shortLevels(state, command)) {
    for (const id of state.dueHolds(sku, location)) expire(state, id, requestId, rules);
  }
  if ('reservationId' in command && command.type !== 'expire' && command.type !== 'reserve') {
    expire(state, command.reservationId, requestId, rules);
  }
}

/** Where the command would be refused, or fall short, if nothing came back. */
function shortLevels(state: WorkingState, command: Command): readonly LevelName[] {
  if (command.type === 'count') {
    const level = state.level(command.sku, command.location);
    return command.quantity < promisedUnits(level) ? [level] : [];
  }
  const short = unitsWanted(command).filter(
    ({ sku, location, quantity }) => state.level(sku, location).available < quantity,
  );
  return command.type === 'reserve' ? [...short, ...shortOrigins(state, command)] : short;
}

/** A line that leaves the location open is short only if all places together are. */
function shortOrigins(state: State, { lines, sourcing }: ReserveCommand): readonly LevelName[] {
  if (!sourcing) return NO_LEVELS;
  return sourcing.lines
    .filter((line) => availableForLine(state, line, lines) < line.quantity)
    .flatMap(levelsOf);
}

/** Ends a hold whose time is over; does nothing to any other. */
export function expire(
  state: WorkingState,
  reservationId: string,
  requestId: string,
  rules: Rules,
): void {
  const reservation = state.reservation(reservationId);
  if (!reservation || !isDue(reservation, state.now)) return;
  const at = { now: state.now, actor: SYSTEM_ACTOR, rules };
  const decision = decide(state, { type: 'expire', reservationId }, at);
  invariant(decision.accepted, 'a hold that is due expires');
  const events = state.apply(decision.events, { actor: SYSTEM_ACTOR, requestId });
  coverShortfalls(state, events, requestId);
}

function outcomeOf(
  state: WorkingState,
  command: Command,
  events: readonly LedgerEvent[],
  index: number,
): DecidedOutcome {
  const created = events.length > 0;
  switch (command.type) {
    case 'reserve':
      return {
        kind: 'reservation',
        reservation: existing(state.reservation(command.reservationId)),
        created,
      };
    case 'confirm':
    case 'cancel':
    case 'extend':
    case 'fulfil':
    case 'expire':
    case 'redact':
      return {
        kind: 'reservation',
        reservation: existing(state.reservation(command.reservationId)),
        created: false,
      };
    case 'dispatch':
      return { kind: 'transfer', transfer: existing(state.transfer(command.transferId)), created };
    case 'receiveTransfer':
    case 'cancelTransfer':
      return {
        kind: 'transfer',
        transfer: existing(state.transfer(command.transferId)),
        created: false,
      };
    case 'putProduct':
      return {
        kind: 'product',
        product: existing(state.product(command.sku)),
        created: events[0]?.type === 'product_created',
      };
    case 'putLocation':
      return {
        kind: 'location',
        location: existing(state.location(command.location)),
        created: events[0]?.type === 'location_created',
      };
    case 'deleteProduct': {
      const known = state.product(command.sku);
      return known ? { kind: 'removing', waitsFor: waitsFor(state, known) } : { kind: 'removed' };
    }
    case 'deleteLocation':
      return { kind: 'removed' };
    default:
      return { kind: 'movement', event: existing(events.find(isMovement)), index };
  }
}

function existing<T>(row: T | undefined): T {
  invariant(row !== undefined, 'an accepted command leaves behind what it is about');
  return row;
}
