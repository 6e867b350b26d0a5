import { decide } from '../domain/decide.ts';
import { invariant } from '../domain/invariant.ts';
import type { Rules } from '../domain/state.ts';
import { AnswerSize } from './answerSize.ts';
import { decideCommand, expire, SYSTEM_ACTOR } from './decideCommand.ts';
import type { DecidedAnswer, DecidedItem } from './decidedAnswer.ts';
import type { ClaimedKey, Item, MissingUnits, Work } from './ledger.ts';
import { isShortOfStock, passedParts, wantsOf } from './missing.ts';
import type { DecidedOutcome, KeptOutcome } from './outcome.ts';
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
  endHoldOf(state, work, rules);
  const answer = work.mayBorrow
    ? decideUnlessShort(state, work, rules)
    : decideItems(state, work, rules);
  if (key && isFinal(answer)) keep(state, actor, key, keptOutcome(answer));
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

type FinalAnswer = Exclude<DecidedAnswer, { kind: 'keyReused' | 'short' }>;

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
