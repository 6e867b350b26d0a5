import type { MovementDraft } from './events.ts';
import { totalsAfter } from './evolveTransfer.ts';
import type { State } from './state.ts';
import { lineOf, type Transfer, type TransferTotals, totalsAt } from './transfer.ts';

/**
 * Has each movement of a shop say how the totals of its line at its place stand after it. The hub goes by that: it may hear
 * of a movement more than once, when one of the two was restored, and of a total that is no harm. And what comes from where
 * is said as far as it is known, so that the hub can tell the rest.
 */
export function withTotals(
  state: State,
  transfer: Transfer | undefined,
  drafts: readonly MovementDraft[],
): readonly MovementDraft[] {
  if (state.hub() === undefined) return drafts;
  const known = new Map<string, TransferTotals>();
  return drafts.map((draft) => {
    const { sku, location } = draft;
    const before = known.get(sku) ?? totalsAt(transferLine(transfer, sku), location);
    const { quantity, received, lost, returned, found } = totalsAfter(before, draft);
    const totals = { quantity, received, lost, returned, found };
    known.set(sku, totals);
    const source = transfer?.from ?? undefined;
    const told =
      source === undefined || draft.type === 'dispatch' ? { totals } : { totals, source };
    return { ...draft, details: { ...draft.details, ...told } };
  });
}

/** The line of a product; one without units where the transfer has none. */
export function transferLine(transfer: Transfer | undefined, sku: string) {
  return transfer?.lines.find((line) => line.sku === sku) ?? lineOf(sku, []);
}
