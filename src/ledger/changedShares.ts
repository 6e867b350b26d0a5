import { emptyShare, type Share, shareKey } from '../domain/links/share.ts';
import { type LevelKey, levelKey } from '../domain/stock.ts';
import { ChangedRows, type UndoLog } from './changedRows.ts';
import type { Change, Rows } from './store.ts';

/** Shares as they were loaded, and over them what has changed; they are found by their level too. */
export class ChangedShares {
  readonly #rows: ChangedRows<Share>;
  /** Of each level the peers that own, or may own, units of it. */
  readonly #peersOf = new Map<LevelKey, Set<string>>();

  constructor(loaded: Rows['shares'], undo: UndoLog) {
    this.#rows = new ChangedRows(loaded, undo);
    for (const share of loaded.values()) this.#notePeer(share);
  }

  /** An empty one where nothing is known. */
  get(peer: string, sku: string, location: string): Share {
    return this.#rows.get(shareKey(peer, sku, location)) ?? emptyShare(peer, sku, location);
  }

  ofLevel(sku: string, location: string): readonly Share[] {
    const peers = this.#peersOf.get(levelKey(sku, location)) ?? [];
    return [...peers].map((peer) => this.get(peer, sku, location));
  }

  set(share: Share): void {
    this.#rows.set(shareKey(share.peer, share.sku, share.location), share);
    this.#notePeer(share);
  }

  changes(): ReadonlyMap<string, Change<Share>> {
    return this.#rows.changes();
  }

  #notePeer({ peer, sku, location }: Share): void {
    const key = levelKey(sku, location);
    const peers = this.#peersOf.get(key) ?? new Set();
    this.#peersOf.set(key, peers.add(peer));
  }
}
