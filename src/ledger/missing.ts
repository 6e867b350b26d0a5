import type { LevelName } from '../domain/links/commands.ts';
import { comingUnits, type Share, shareKey } from '../domain/links/share.ts';
import type { LevelShortage, Refusal, Shortage } from '../domain/refusals.ts';
import { type LevelKey, levelKey } from '../domain/stock.ts';
import type { DecidedAnswer } from './decidedAnswer.ts';
import type { MissingUnits, PassedReservation, Work } from './ledger.ts';
import type { WorkingState } from './workingState.ts';

/** What is to be cancelled, and who has the goods. What is to be handed over there is not asked for here. */
export function passedParts(
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

export function isShortOfStock(answer: DecidedAnswer): boolean {
  return shortagesOf(answer).length > 0;
}

/**
 * What is missing in all, per level, and who is known to have some and was not asked for it yet. What is there is there
 * once, for all together.
 */
export function wantsOf(
  state: WorkingState,
  { asked }: Work,
  answer: DecidedAnswer,
): readonly MissingUnits[] {
  const missing = new Map<LevelKey, Pick<Shortage, 'requested' | 'available'> & LevelName>();
  for (const shortage of shortagesOf(answer).filter(isOfLevel)) {
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
      .filter((share) => mayHave(share) && !asked?.has(shareKey(share.peer, sku, location)))
      .map(({ peer }) => ({ peer, sku, location, units: requested - available, available })),
  );
}

/** What is on its way to a peer is there before a question is. */
function mayHave(share: Share): boolean {
  return share.available > 0 || comingUnits(share) > 0;
}

function isOfLevel(shortage: Shortage): shortage is LevelShortage {
  return shortage.location !== null;
}

/** What was refused now, and which command of the work; what was refused before, under the same key, stays so. */
export function refusalsOf(answer: DecidedAnswer): readonly { refusal: Refusal; index: number }[] {
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
