import type { LedgerStore, Rows, Writes } from '../../src/ledger/store.ts';

/** A store with another `commit`. */
export function withCommit(store: LedgerStore, commit: LedgerStore['commit']): LedgerStore {
  return {
    worksAside: store.worksAside,
    commit,
    advanceTime: (time) => store.advanceTime(time),
    dueReservations: (limit) => store.dueReservations(limit),
    readErasable: (ids) => store.readErasable(ids),
    pruneKeys: (before, limit) => store.pruneKeys(before, limit),
    now: () => store.now(),
    close: () => store.close(),
  };
}

/** A store of which each commit is shown other rows than there are. */
export function showing(store: LedgerStore, change: (rows: Rows) => Rows): LedgerStore {
  return withCommit(store, (needs, decide) => store.commit(needs, (rows) => decide(change(rows))));
}

/** A store that writes something else than was decided. */
export function writing(
  store: LedgerStore,
  change: (writes: Writes, rows: Rows) => Writes,
): LedgerStore {
  return withCommit(store, (needs, decide) =>
    store.commit(needs, (rows) => change(decide(rows), rows)),
  );
}

/** Rows of a table, each changed. */
export function mapRows<K, V>(rows: ReadonlyMap<K, V>, change: (row: V) => V): Map<K, V> {
  return new Map([...rows].map(([key, row]) => [key, change(row)]));
}
