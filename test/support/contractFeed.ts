import type { Command } from '../../src/domain/commands.ts';
import type { EventDraft, LedgerEvent } from '../../src/domain/events.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { Refusal } from '../../src/domain/refusals.ts';
import type { Stamp } from '../../src/domain/stamp.ts';
import type { DecidedAnswer } from '../../src/ledger/decidedAnswer.ts';
import { decideWork } from '../../src/ledger/decideWork.ts';
import type { ClaimedKey, Work } from '../../src/ledger/ledger.ts';
import { needsOf } from '../../src/ledger/needs.ts';
import type { LedgerStore, Needs, Rows, Writes } from '../../src/ledger/store.ts';
import { WorkingState } from '../../src/ledger/workingState.ts';

const RULES = { holdLifeMaxMs: 7 * 86_400_000 };

export interface Fed {
  readonly stamp: Stamp;
  readonly answer: DecidedAnswer;
  /** What the rows said when it was decided. */
  readonly rows: Rows;
  readonly writes: Writes;
}

export interface FeedOptions {
  readonly actor?: string;
  readonly key?: ClaimedKey;
}

/** Decides commands by the rules in one commit, straight on the store: no queue, no retries, no second thoughts. */
export async function decideOn(
  store: LedgerStore,
  commands: readonly (Command | LinkCommand)[],
  { actor = 'ann', key }: FeedOptions = {},
): Promise<Fed> {
  const items = commands.map((command) => ({ command }));
  const work: Work = { actor, requestId: 'request-1', items, ...(key && { key }) };
  const decided: { answer: DecidedAnswer; rows: Rows; writes: Writes }[] = [];
  const stamp = await store.commit(needsOf([work]), (rows) => {
    const state = new WorkingState(rows);
    const answer = decideWork(state, work, RULES);
    const writes = state.writes();
    decided.push({ answer, rows, writes });
    return writes;
  });
  const last = decided.at(-1);
  if (last === undefined || decided.length > 2) throw new Error('a commit decides once or twice');
  return { stamp, ...last };
}

/** As `decideOn`, for commands that must all be accepted. */
export async function feed(
  store: LedgerStore,
  commands: readonly (Command | LinkCommand)[],
  options: FeedOptions = {},
): Promise<Fed> {
  const fed = await decideOn(store, commands, options);
  const refused = refusalsOf(fed);
  if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`);
  return fed;
}

function refusalsOf({ answer }: Fed): Refusal[] {
  if (answer.kind !== 'done') return [];
  return answer.items.flatMap(({ outcome }) =>
    outcome.kind === 'refused' ? [outcome.refusal] : [],
  );
}

/** Commits events that no rule has looked at. */
export async function apply(
  store: LedgerStore,
  needs: Needs,
  draft: (rows: Rows) => readonly EventDraft[],
): Promise<Stamp & { readonly events: readonly LedgerEvent[] }> {
  let events: readonly LedgerEvent[] = [];
  const stamp = await store.commit(needs, (rows) => {
    const state = new WorkingState(rows);
    events = state.apply(draft(rows), { actor: 'ann', requestId: 'request-1' });
    return state.writes();
  });
  return { ...stamp, events };
}
