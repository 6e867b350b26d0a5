import { decide } from '../domain/decide.ts';
import { invariant } from '../domain/invariant.ts';
import type { Rules } from '../domain/state.ts';
import { AnswerSize } from './answerSize.ts';
import { decideCommand, expire, SYSTEM_ACTOR } from './decideCommand.ts';
import type { DecidedAnswer, DecidedItem } from './decidedAnswer.ts';
import type { ClaimedKey, Item, Work } from './ledger.ts';
import { isShortOfStock, passedParts, refusalsOf, wantsOf } from './missing.ts';
import type { DecidedOutcome, KeptOutcome } from './outcome.ts';
import { placesToLookAt } from './placesToLookAt.ts';
import { stampOutcome } from './stampOutcome.ts';
import type { KeyRecord } from './store.ts';
import type { WorkingState } from './workingState.ts';

/** Decides one work after all before it. Idempotency comes before any rule of state. */
export function decideWork(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  const { actor, key } = work;
  const known = key && state.keyRecord({ actor, key: key.key });
  if (known) {
    return known.fingerprint === key.fingerprint
      ? replayed(known)
      : { kind: 'keyReused', index: null };
  }
  const answer =
    work.mayBorrow || work.maySearch
      ? decideIfNothingIsMissing(state, work, rules)
      : decideAnyway(state, work, rules);
  if (key && isFinal(answer)) keep(state, actor, key, keptOutcome(answer));
  return answer;
}

function decideAnyway(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  for (const id of work.keptFor ?? []) endHold(state, id, work.requestId, rules);
  return decideItems(state, work, rules);
}

/** What was kept for a work goes back to where it takes it from. */
function endHold(state: WorkingState, id: string, requestId: string, rules: Rules): void {
  if (state.reservation(id)?.status !== 'held') return;
  expire(state, id, requestId, rules);
  const at = { now: state.now, actor: SYSTEM_ACTOR, rules };
  const decision = decide(state, { type: 'cancel', reservationId: id }, at);
  if (decision.accepted) state.apply(decision.events, { actor: SYSTEM_ACTOR, requestId });
}

/** Takes everything back where a command lacks what is elsewhere, and says what is to be looked for, or asked of whom. */
function decideIfNothingIsMissing(state: WorkingState, work: Work, rules: Rules): DecidedAnswer {
  if (!work.maySearch && !state.meetsPeers) return decideAnyway(state, work, rules);
  const lostDemand = state.lostDemand.soFar();
  let decided: DecidedAnswer | undefined;
  let missing: DecidedAnswer | undefined;
  state.attempt(() => {
    decided = decideAnyway(state, work, rules);
    missing = missingOf(state, work, rules, decided);
    return missing === undefined;
  });
  if (missing) state.lostDemand.restore(lostDemand);
  if (missing?.kind === 'short') state.willAsk(missing.wants);
  const answer = missing ?? decided;
  invariant(answer !== undefined, 'what is tried is decided');
  return answer;
}

/** What has to be done before the work is decided for good; undefined when that is nothing. */
function missingOf(
  state: WorkingState,
  work: Work,
  rules: Rules,
  decided: DecidedAnswer,
): DecidedAnswer | undefined {
  if (refusalsOf(decided).length === 0) return undefined;
  const each = decideEach(state, work, rules, decided);
  const places = work.maySearch ? placesToLookAt(state, work, each) : undefined;
  if (places) return { kind: 'unlocated', places };
  if (!work.mayBorrow) return undefined;
  const wants = isShortOfStock(decided) ? wantsOf(state, work, each) : [];
  const parts = passedParts(state, work, decided);
  return wants.length > 0 || parts.length > 0 ? { kind: 'short', wants, parts } : undefined;
}

/** An atomic work is decided up to the first command that is refused; what the others lack is to be found as well. */
function decideEach(
  state: WorkingState,
  work: Work,
  rules: Rules,
  decided: DecidedAnswer,
): DecidedAnswer {
  if (work.atomic !== true) return decided;
  const lostDemand = state.lostDemand.soFar();
  let each = decided;
  state.attempt(() => {
    each = decideItems(state, { ...work, atomic: false }, rules);
    return false;
  });
  state.lostDemand.restore(lostDemand);
  return each;
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
  if (key && !isPending(outcome)) {
    keep(state, actor, key, { refusedAt: null, outcomes: [withoutErasable(outcome)] });
  }
  return { outcome, replay: null };
}

/** The record of the whole work will keep this outcome among others, and has the stamp of another commit. */
function asCommitted(outcome: DecidedOutcome, { stamp }: KeyRecord): DecidedOutcome {
  return stamp === null ? outcome : stampOutcome(outcome, stamp);
}

function keep(
  state: WorkingState,
  actor: string,
  { key, fingerprint }: ClaimedKey,
  outcome: KeptOutcome,
): void {
  state.keep({ actor, key, fingerprint, outcome, stamp: null });
}

type FinalAnswer = Exclude<DecidedAnswer, { kind: 'keyReused' | 'short' | 'unlocated' }>;

/** Whether the answer stays the same when the work is submitted again. Of a batch the other commands are done. */
function isFinal(answer: DecidedAnswer): answer is FinalAnswer {
  if (answer.kind === 'refused') return answer.refusal.code !== 'goods_elsewhere';
  if (answer.kind !== 'done') return false;
  const [first, ...others] = answer.items;
  return others.length > 0 || first === undefined || !isPending(first.outcome);
}

/** The node that has the goods was asked to give them back, and may do so yet: who repeats the command is to hear of it. */
function isPending(outcome: DecidedOutcome): boolean {
  return outcome.kind === 'refused' && outcome.refusal.code === 'goods_elsewhere';
}

function keptOutcome(answer: FinalAnswer): KeptOutcome {
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
