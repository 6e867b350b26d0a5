import type { Level, LevelKey } from '../../src/domain/stock.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import type { Disk } from '../nodes/disk.ts';
import type { Mutation } from './seams.ts';
import { showing, withCommit, writing } from './wrapCommit.ts';

/** Bugs of the write side of one database. */
export const BROKEN_COMMITS: readonly Mutation[] = [
  {
    name: 'answers before it writes',
    plant: () => ({ store: answeringEarly }),
    profile: { crashes: 1 },
  },
  {
    name: 'lets several commits in at a time, so that a position is given before the one before is written',
    plant: () => ({ lock: () => ({ take: (work) => work() }) }),
    profile: { hubServers: 2 },
  },
  {
    name: 'writes over a level that another server has changed',
    plant: () => ({ store: rememberingLevels }),
    profile: { hubServers: 2 },
  },
  {
    name: 'forgets idempotency keys',
    plant: () => ({ store: (store) => showing(store, (rows) => ({ ...rows, keys: new Map() })) }),
  },
  {
    name: 'goes by the clock on the wall',
    plant: () => ({ clock: (_, machine) => machine }),
    profile: { clockJumps: 0.5, ttlSecondsMax: 600 },
  },
  {
    name: 'does not see what is held',
    plant: () => ({ store: forgettingHolds }),
  },
];

function answeringEarly(store: LedgerStore, disk: Disk): LedgerStore {
  return withCommit(store, (needs, decide) => {
    const { promise, resolve, reject } =
      Promise.withResolvers<Awaited<ReturnType<LedgerStore['commit']>>>();
    const done = store.commit(needs, (rows) => {
      const writes = decide(rows);
      resolve({ firstPosition: disk.tables.head.position + 1, time: rows.now });
      return writes;
    });
    done.then(resolve, reject);
    return promise;
  });
}

/** Decides from a copy in memory, and leaves out the check of versions that guards it. */
function rememberingLevels(store: LedgerStore): LedgerStore {
  const known = new Map<LevelKey, Level>();
  return withCommit(store, (needs, decide) =>
    store.commit(needs, (rows) => {
      const remembered = [...rows.levels].map(
        ([key, level]) => [key, known.get(key) ?? level] as const,
      );
      const writes = decide({ ...rows, levels: new Map(remembered) });
      const levels = [...writes.levels].map(([key, { after }]) => {
        if (after) known.set(key, after);
        return [key, { before: rows.levels.get(key), after }] as const;
      });
      return { ...writes, levels: new Map(levels) };
    }),
  );
}

/** Units of a reservation stay available in the row of their level. */
function forgettingHolds(store: LedgerStore): LedgerStore {
  return writing(store, (writes) => {
    const held = writes.events.find(({ type }) => type === 'reserve');
    if (!held || !('balances' in held)) return writes;
    const key = `${held.sku}\u0000${held.location}`;
    const change = writes.levels.get(key);
    if (!change?.after) return writes;
    const after = { ...change.after, available: change.after.available + held.quantity };
    return { ...writes, levels: new Map(writes.levels).set(key, { ...change, after }) };
  });
}
