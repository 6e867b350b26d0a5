import type { Command } from '../../src/domain/commands.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import { feed } from './contractFeed.ts';
import { dispatch, hold, line, move, product, reserve, shop } from './contractRows.ts';

/**
 * Fills a book in which everything that can happen has happened at least once. Each commit has a time of its own,
 * unless the clock shall stand still.
 */
export async function fillBusyBook(store: LedgerStore, standStill = false): Promise<void> {
  const write = async (commands: readonly Command[]): Promise<void> => {
    const { stamp } = await feed(store, commands);
    if (!standStill) await store.advanceTime(stamp.time);
  };
  for (const commands of CATALOGUE) await write(commands);
  for (const command of MOVEMENTS) await write([command]);
  await hold(store, 'expired', [line('A', 'x', 3), line('B', 'y', 1)], -1);
  await hold(store, 'due', [line('A', 'x', 1)], -1);
  for (const commands of RESERVATIONS) await write(commands);
  for (const command of TRANSFERS) await write([command]);
}

const CATALOGUE: readonly (readonly Command[])[] = [
  [product('A'), product('B'), product('C'), shop('x'), shop('y'), shop('z')],
  [product('A', 'renamed'), shop('y', 'renamed')],
  [
    { type: 'deleteProduct', sku: 'C' },
    { type: 'deleteLocation', location: 'z' },
  ],
  [product('D'), shop('z'), product('D', 'renamed at once')],
];

const MOVEMENTS: readonly Command[] = [
  { ...move('receive', 'A', 'x', 100), reason: 'opening stock', reference: 'PO-1', occurredAt: 1 },
  move('receive', 'B', 'x', 50),
  move('receive', 'B', 'y', 40),
  move('adjust', 'A', 'x', -3),
  move('adjust', 'A', 'x', 4),
  move('count', 'A', 'x', 90),
  move('count', 'A', 'x', 90),
  move('sell', 'A', 'x', 5),
  move('return', 'A', 'x', 1),
  move('quarantine', 'B', 'x', 6),
  move('restore', 'B', 'x', 2),
  { ...move('sell', 'D', 'z', 2), allowShortfall: true },
  move('receive', 'D', 'z', 1),
];

const all = { reference: 'order', metadata: { buyer: 'Ann', note: 'by the door' } };

const RESERVATIONS: readonly (readonly Command[])[] = [
  [{ ...reserve('held', line('A', 'x', 2), line('B', 'y', 2)), ...all }],
  [{ ...reserve('extended', line('A', 'x', 1)), ...all }],
  [{ type: 'extend', reservationId: 'extended', ttlSeconds: 3_600 }],
  [{ ...reserve('confirmed', line('A', 'x', 4), line('B', 'x', 3), line('B', 'y', 1)), ...all }],
  [
    {
      type: 'confirm',
      reservationId: 'confirmed',
      lines: [line('A', 'x', 4), line('B', 'x', 1)],
    },
  ],
  [{ type: 'fulfil', reservationId: 'confirmed', lines: [line('A', 'x', 3)] }],
  [{ ...reserve('fulfilled', line('A', 'x', 2), line('B', 'x', 2)), ...all }],
  [
    { type: 'confirm', reservationId: 'fulfilled' },
    { type: 'fulfil', reservationId: 'fulfilled', lines: [line('A', 'x', 2)] },
  ],
  [{ type: 'fulfil', reservationId: 'fulfilled' }],
  [{ ...reserve('cancelled', line('A', 'x', 2), line('B', 'x', 2)), ...all }],
  [{ type: 'cancel', reservationId: 'cancelled' }],
  [{ ...reserve('part', line('A', 'x', 5)), ...all }],
  [{ type: 'confirm', reservationId: 'part' }],
  [{ type: 'fulfil', reservationId: 'part', lines: [line('A', 'x', 2)] }],
  [{ type: 'cancel', reservationId: 'part' }],
  [
    { ...reserve('quick', line('A', 'x', 1)), ...all },
    { type: 'confirm', reservationId: 'quick' },
    { type: 'fulfil', reservationId: 'quick' },
  ],
  [{ ...reserve('redacted', line('A', 'x', 1)), ...all }],
  [{ type: 'redact', reservationId: 'redacted' }],
  [{ type: 'redact', reservationId: 'cancelled' }],
  [{ type: 'expire', reservationId: 'expired' }],
];

const TRANSFERS: readonly Command[] = [
  { ...dispatch('whole', 'x', 'y', { sku: 'A', quantity: 4 }), reference: 'van 1' },
  { type: 'receiveTransfer', transferId: 'whole' },
  dispatch('part', 'x', 'y', { sku: 'A', quantity: 4 }, { sku: 'B', quantity: 2 }),
  { type: 'receiveTransfer', transferId: 'part', lines: [{ sku: 'A', quantity: 1 }] },
  dispatch('short', 'x', 'y', { sku: 'A', quantity: 4 }),
  {
    type: 'receiveTransfer',
    transferId: 'short',
    lines: [{ sku: 'A', quantity: 3 }],
    reason: 'one broke',
  },
  dispatch('over', 'x', 'y', { sku: 'B', quantity: 1 }),
  {
    type: 'receiveTransfer',
    transferId: 'over',
    lines: [{ sku: 'B', quantity: 2 }],
    reason: 'one more',
  },
  dispatch('back', 'x', 'y', { sku: 'A', quantity: 3 }),
  { type: 'cancelTransfer', transferId: 'back' },
  dispatch('split', 'x', 'y', { sku: 'A', quantity: 3 }),
  { type: 'receiveTransfer', transferId: 'split', lines: [{ sku: 'A', quantity: 1 }] },
  { type: 'cancelTransfer', transferId: 'split' },
];
