import type { LedgerEvent } from '../../src/domain/events.ts';
import { isMovement } from '../../src/domain/events.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import type { Mutation } from './seams.ts';
import { showing, writing } from './wrapCommit.ts';

/** Bugs in what nodes do with goods that go from one to another. */
export const BROKEN_TRANSFERS: readonly Mutation[] = [
  {
    name: 'logs what other nodes did with goods, and does not note it',
    plant: () => ({
      store: (store) =>
        writing(store, (writes) =>
          writes.mirrored.length > 0 ? { ...writes, transfers: new Map() } : writes,
        ),
    }),
  },
  { name: 'forgets now and then what has arrived', plant: () => ({ store: forgettingArrivals }) },
  {
    name: 'tells of what has just arrived, and not how much in all',
    plant: () => ({
      store: (store) =>
        writing(store, (writes) => ({ ...writes, events: writes.events.map(tellingTheStep) })),
    }),
  },
];

const FORGET_EVERY = 3;

function forgettingArrivals(store: LedgerStore): LedgerStore {
  let commits = 0;
  return showing(store, (rows) => {
    if (rows.transfers.size === 0) return rows;
    commits += 1;
    return commits % FORGET_EVERY === 0 ? { ...rows, transfers: new Map() } : rows;
  });
}

function tellingTheStep(event: LedgerEvent): LedgerEvent {
  const totals = event.details?.totals;
  if (!isMovement(event) || event.type !== 'arrive' || totals === undefined) return event;
  return {
    ...event,
    details: { ...event.details, totals: { ...totals, received: event.quantity } },
  };
}
