import type { BusyNeeds } from './errors.ts';
import type { Work } from './ledger.ts';
import { needsOf } from './needs.ts';

export interface Split<T> {
  /** What has to wait until others let go of levels. */
  readonly busy: readonly T[];
  readonly free: readonly T[];
}

/** Tells the works that need a busy level from those that can go on without. */
export function splitBusy<T extends { readonly work: Work }>(
  batch: readonly T[],
  busy: BusyNeeds,
): Split<T> {
  const isBusy = batch.map(({ work }) => touches(work, busy));
  // What is busy is none that was asked for, but due holds of it have further lines: then all have to wait.
  if (!isBusy.includes(true)) return { busy: batch, free: [] };
  return {
    busy: batch.filter((_, i) => isBusy[i]),
    free: batch.filter((_, i) => !isBusy[i]),
  };
}

function touches(work: Work, busy: BusyNeeds): boolean {
  const { levels, reservations, transfers, links, changed, removal } = needsOf([work]);
  // Which levels a removal needs is known to the store only.
  if (removal) return true;
  return (
    [...levels.keys()].some((key) => busy.levels.has(key)) ||
    [...reservations].some((id) => busy.reservations.has(id)) ||
    [...transfers].some((id) => busy.transfers.has(id)) ||
    [...links].some((peer) => busy.links?.has(peer)) ||
    [...changed.products].some((sku) => busy.changed?.products.has(sku)) ||
    [...changed.locations].some((location) => busy.changed?.locations.has(location))
  );
}
