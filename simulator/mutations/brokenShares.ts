import { isMovement } from '../../src/domain/events.ts';
import type { Share } from '../../src/domain/links/share.ts';
import type { LedgerStore, Writes } from '../../src/ledger/store.ts';
import type { Mutation } from './seams.ts';
import { mapRows, showing, writing } from './wrapCommit.ts';

/** Bugs in who owns what. */
export const BROKEN_SHARES: readonly Mutation[] = [
  {
    name: 'does not count what has arrived at a peer',
    plant: () => ({
      store: (store) =>
        changingShares(store, (after, before) => ({ ...after, arrived: before?.arrived ?? 0 })),
    }),
  },
  {
    name: 'does not count what is on its way to a peer when goods are counted',
    plant: () => ({
      store: (store) =>
        showing(store, (rows) => ({
          ...rows,
          shares: mapRows(rows.shares, (share) => ({ ...share, arrived: share.granted })),
        })),
    }),
  },
  {
    name: 'forgets what a peer owns when that is counted',
    plant: () => ({
      store: (store) => showing(store, (rows) => ({ ...rows, shares: new Map() })),
    }),
  },
  {
    name: 'gives back to be sold what was on its way to a lost node',
    plant: () => ({ store: (store) => writing(store, givingBack) }),
    profile: {
      retirements: 0.3,
      wire: { latencyMs: 150, loss: 0, double: 0, reorder: 0, late: 0 },
    },
  },
  {
    name: 'does not say that it has nothing to give',
    plant: () => ({
      store: (store) =>
        writing(store, (writes) => ({
          ...writes,
          events: writes.events.filter(({ type }) => type !== 'want_refused'),
        })),
    }),
  },
  {
    name: 'promises at a place that is fenced',
    plant: () => ({
      store: (store) =>
        showing(store, (rows) => ({
          ...rows,
          locations: mapRows(rows.locations, ({ fence: _, ...location }) => location),
        })),
    }),
    profile: { restores: 0.3 },
  },
];

function changingShares(
  store: LedgerStore,
  change: (after: Share, before: Share | undefined) => Share,
): LedgerStore {
  return writing(store, (writes) => ({
    ...writes,
    shares: mapRows(writes.shares, ({ before, after }) => ({
      before,
      after: after && change(after, before),
    })),
  }));
}

function givingBack(writes: Writes): Writes {
  const levels = new Map(writes.levels);
  const events = writes.events.map((event) => {
    if (event.type !== 'write_off' || !isMovement(event)) return event;
    const { sku, location, quantity } = event;
    const key = `${sku}\u0000${location}`;
    const change = levels.get(key);
    if (!change?.after) return event;
    const after = { ...change.after, available: change.after.available + quantity };
    levels.set(key, { ...change, after });
    const { available, reserved, committed, unavailable } = after;
    const balances = { available, reserved, committed, unavailable };
    return { ...event, type: 'recall', from: 'transit', to: 'available', balances } as const;
  });
  return { ...writes, levels, events };
}
