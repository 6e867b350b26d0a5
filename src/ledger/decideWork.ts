import { waitsFor } from '../domain/catalogueCommands.ts';
import type { Command } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import { unitsWanted } from '../domain/demand.ts';
import type { LedgerEvent, Origin } from '../domain/events.ts';
import { isMovement } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';
import { isLinkCommand, type LevelName, type LinkCommand } from '../domain/links/commands.ts';
import { decideCover } from '../domain/links/grants.ts';
import type { Share } from '../domain/links/share.ts';
import type { Refusal, Shortage } from '../domain/refusals.ts';
import { isDue } from '../domain/reservation.ts';
import type { Rules } from '../domain/state.ts';
import { type Level, type LevelKey, levelKey, promisedUnits } from '../domain/stock.ts';
import { AnswerSize } from './answerSize.ts';
import { decideLinkCommand } from './decideLinkWork.ts';
import type {
  ClaimedKey,
  Item,
  MissingUnits,
  PassedReservation,
  ShortAnswer,
  Work,
} from './ledger.ts';
import type { DecidedOutcome, KeptOutcome } from './outcome.ts';
import { stampOutcome } from './stampOutcome.ts';
import type { KeyRecord } from './store.ts';
import type { WorkingState } from './workingState.ts';

/** Who expires holds. */
export const SYSTEM_ACTOR = 'system';

/** An answer before its commit is stamped. */
export type DecidedAnswer =
  | {
      readonly kind: 'done';
      readonly items: readonly DecidedItem[];
      readonly replay: KeyRecord | null;
    }
  | {
      readonly kind: 'refused';
      readonly index: number;
      readonly refusal: Refusal;
      readonly replay: KeyRecord | null;
    }
  | { readonly kind: 'keyReused'; readonly index: number | null }
  | ShortAnswer;

export interface DecidedItem {
  readonly outcome: DecidedOutcome;
  /** The record that the outcome was taken from, when the item's own key was used before. */
  readonly replay: KeyRecord | null;
}

/** Decides one work after all before it. Idempotency comes before any rule of state. */
export function decideWork(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  const { actor, key } = work;
  const known = key && state.keyRecord({ actor, key: key.key });
  if (known) {
    return known.fingerprint === key.fingerprint
      ? replayed(known)
      : { kind: 'keyReused', index: null };
  }
  endHoldOf(state, work, rules);
  const answer = work.mayBorrow
    ? decideUnlessShort(state, work, rules)
    : decideItems(state, work, rules);
  if (key && answer.kind !== 'keyReused' && answer.kind !== 'short')
    keep(state, actor, key, keptOutcome(answer));
  return answer;
}

/** What was kept for this work goes back to where it takes it from. */
function endHoldOf(state: WorkingState, { keptFor, requestId }: Work, rules: Rules): void {
  if (keptFor === undefined || state.reservation(keptFor)?.status !== 'held') return;
  expire(state, keptFor, requestId, rules);
  const at = { now: state.now, actor: SYSTEM_ACTOR, rules };
  const decision = decide(state, { type: 'cancel', reservationId: keptFor }, at);
  if (decision.accepted) state.apply(decision.events, { actor: SYSTEM_ACTOR, requestId });
}

/** Takes everything back where a command lacks units that other nodes own, and says what is to be asked of whom. */
function decideUnlessShort(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  if (!state.meetsPeers) return decideItems(state, work, rules);
  let answer: DecidedAnswer = { kind: 'short', wants: [], parts: [] };
  const lostDemand = state.lostDemandSoFar();
  const isFinal = state.attempt(() => {
    const decided = decideItems(state, work, rules);
    const wants = isShortOfStock(decided) ? wantsOfEach(state, work, rules, decided) : [];
    const parts = passedParts(state, work, decided);
    const isShort = wants.length > 0 || parts.length > 0;
    answer = isShort ? { kind: 'short', wants, parts } : decided;
    return !isShort;
  });
  if (!isFinal) state.restoreLostDemand(lostDemand);
  return answer;
}

/** What is to be cancelled, and who has the goods. What is to be handed over there is not asked for here. */
function passedParts(
  state: WorkingState,
  { items }: Work,
  answer: DecidedAnswer,
): readonly PassedReservation[] {
  return refusalsOf(answer).flatMap(({ refusal, index }) => {
    if (refusal.code !== 'goods_elsewhere' || items[index]?.command.type !== 'cancel') return [];
    const lines = state.reservation(refusal.reservationId)?.lines ?? [];
    const open = lines.flatMap(({ passed }) => (passed && passed.open > 0 ? [passed] : []));
    const peers = [...new Set(open.map(({ node }) => node))];
    const units = open.reduce((sum, passed) => sum + passed.open, 0);
    return [{ reservationId: refusal.reservationId, peers, units }];
  });
}

/** An atomic work is decided up to the first command that is refused; what the others lack is to be asked for as well. */
function wantsOfEach(
  state: WorkingState,
  work: Work,
  rules: Rules,
  decided: DecidedAnswer,
): readonly MissingUnits[] {
  if (work.atomic !== true) return wantsOf(state, decided);
  const lostDemand = state.lostDemandSoFar();
  let wants: readonly MissingUnits[] = [];
  state.attempt(() => {
    wants = wantsOf(state, decideItems(state, { ...work, atomic: false }, rules));
    return false;
  });
  state.restoreLostDemand(lostDemand);
  return wants;
}

function isShortOfStock(answer: DecidedAnswer): boolean {
  return shortagesOf(answer).length > 0;
}

/** What is missing in all, per level, and who is known to have some. What is there is there once, for all together. */
function wantsOf(state: WorkingState, answer: DecidedAnswer): readonly MissingUnits[] {
  const missing = new Map<LevelKey, Pick<Shortage, 'requested' | 'available'> & LevelName>();
  for (const shortage of shortagesOf(answer)) {
    const { sku, location } = shortage;
    const left = state.level(sku, location).available;
    const known = missing.get(levelKey(sku, location)) ?? { requested: 0, available: left };
    const requested = known.requested + shortage.requested;
    const available = Math.min(known.available, shortage.available);
    missing.set(levelKey(sku, location), { sku, location, requested, available });
  }
  return [...missing.values()].flatMap(({ sku, location, requested, available }) =>
    state
      .sharesOf(sku, location)
      .filter((share) => share.available > 0)
      .map(({ peer }) => ({ peer, sku, location, units: requested - available, available })),
  );
}

/** What was refused now, and which command of the work; what was refused before, under the same key, stays so. */
function refusalsOf(answer: DecidedAnswer): readonly { refusal: Refusal; index: number }[] {
  if (answer.kind === 'refused') return [{ refusal: answer.refusal, index: answer.index }];
  if (answer.kind !== 'done') return [];
  return answer.items.flatMap(({ outcome, replay }, index) =>
    outcome.kind === 'refused' && replay === null ? [{ refusal: outcome.refusal, index }] : [],
  );
}

function shortagesOf(answer: DecidedAnswer): readonly Shortage[] {
  return refusalsOf(answer).flatMap(({ refusal }) => shortagesIn(refusal));
}

function shortagesIn(refusal: Refusal): readonly Shortage[] {
  return refusal.code === 'insufficient_stock' ? refusal.shortages : [];
}

function replayed(record: KeyRecord): DecidedAnswer {
  const { refusedAt, outcomes } = record.outcome;
  if (refusedAt === null) {
    return {
      kind: 'done',
      items: outcomes.map((outcome) => ({ outcome, replay: null })),
      replay: record,
    };
  }
  const [refused] = outcomes;
  invariant(refused?.kind === 'refused', 'a refused work keeps its refusal');
  return { kind: 'refused', index: refusedAt, refusal: refused.refusal, replay: record };
}

function decideItems(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  if (work.atomic === true) return decideAtomic(state, work, rules);
  const items: DecidedItem[] = [];
  const size = new AnswerSize();
  for (const [index, item] of work.items.entries()) {
    const decided = decideItem(state, work, item, rules);
    if (decided === 'keyReused') {
      // A lone command answers for itself; in a batch one bad key must not undo what others did before it.
      if (work.items.length === 1) return { kind: 'keyReused', index };
      items.push({ outcome: { kind: 'keyReused' }, replay: null });
    } else {
      size.add(decided.outcome);
      items.push(decided);
    }
  }
  return { kind: 'done', items, replay: null };
}

function decideAtomic(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  const items: DecidedItem[] = [];
  const size = new AnswerSize();
  let failure: DecidedAnswer | null = null;
  state.attempt(() => {
    for (const [index, item] of work.items.entries()) {
      const decided = decideItem(state, work, item, rules);
      failure = failureOf(decided, index);
      if (failure !== null || decided === 'keyReused') return false;
      size.add(decided.outcome);
      items.push(decided);
    }
    return true;
  });
  return failure ?? { kind: 'done', items, replay: null };
}

function failureOf(decided: DecidedItem | 'keyReused', index: number): DecidedAnswer | null {
  if (decided === 'keyReused') return { kind: 'keyReused', index };
  const { outcome } = decided;
  return outcome.kind === 'refused'
    ? { kind: 'refused', index, refusal: outcome.refusal, replay: null }
    : null;
}

function decideItem(
  state: WorkingState,
  work: Work,
  { command, key }: Item,
  rules: Rules,
): DecidedItem | 'keyReused' {
  const { actor } = work;
  const known = key && state.keyRecord({ actor, key: key.key });
  if (known) {
    const [outcome] = known.outcome.outcomes;
    const same = known.fingerprint === key.fingerprint && outcome !== undefined;
    return same ? { outcome: asCommitted(outcome, known), replay: known } : 'keyReused';
  }
  const outcome = decideCommand(state, command, work, rules);
  if (key) keep(state, actor, key, { refusedAt: null, outcomes: [withoutErasable(outcome)] });
  return { outcome, replay: null };
}

/** The record of the whole work will keep this outcome among others, and has the stamp of another commit. */
function asCommitted(outcome: DecidedOutcome, { stamp }: KeyRecord): DecidedOutcome {
  return stamp === null ? outcome : stampOutcome(outcome, stamp);
}

function decideCommand(
  state: WorkingState,
  command: Command | LinkCommand,
  { actor, requestId }: Origin,
  rules: Rules,
): DecidedOutcome {
  if (isLinkCommand(command)) {
    return decideLinkCommand(state, command, { actor, requestId }, (sku, location) => {
      for (const id of state.dueHolds(sku, location)) expire(state, id, requestId, rules);
    });
  }
  expireWhatIsDue(state, command, requestId, rules);
  coverAt(state, unitsWanted(command), requestId);
  const decision = decide(state, command, { now: state.now, actor, rules });
  if (!decision.accepted) {
    const { refusal } = decision;
    if (refusal.code === 'insufficient_stock') state.countLostDemand(refusal.shortages);
    return { kind: 'refused', refusal };
  }
  const index = state.eventCount;
  const events = state.apply(decision.events, { actor, requestId });
  coverShortfalls(state, events, requestId);
  if (command.type === 'reserve' && events.length > 0) {
    state.annotate(command.reservationId, command);
  }
  return outcomeOf(state, command, events, index);
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
function shortLevels(
  state: WorkingState,
  command: Command,
): readonly Pick<Level, 'sku' | 'location'>[] {
  if (command.type === 'count') {
    const level = state.level(command.sku, command.location);
    return command.quantity < promisedUnits(level) ? [level] : [];
  }
  return unitsWanted(command).filter(
    ({ sku, location, quantity }) => state.level(sku, location).available < quantity,
  );
}

function expire(state: WorkingState, reservationId: string, requestId: string, rules: Rules): void {
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

function keep(
  state: WorkingState,
  actor: string,
  { key, fingerprint }: ClaimedKey,
  outcome: KeptOutcome,
): void {
  state.keep({ actor, key, fingerprint, outcome, stamp: null });
}

function keptOutcome(answer: Exclude<DecidedAnswer, { kind: 'keyReused' | 'short' }>): KeptOutcome {
  if (answer.kind === 'refused') {
    const { index, refusal } = answer;
    return { refusedAt: index, outcomes: [{ kind: 'refused', refusal }] };
  }
  return { refusedAt: null, outcomes: answer.items.map(({ outcome }) => withoutErasable(outcome)) };
}

function withoutErasable(outcome: DecidedOutcome): DecidedOutcome {
  if (outcome.kind !== 'reservation') return outcome;
  return { ...outcome, reservation: { ...outcome.reservation, reference: null, metadata: null } };
}
