import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import type { UnitsInUse } from '../../src/domain/state.ts';
import type { Removal } from '../../src/ledger/store.ts';
import { feed } from '../support/contractFeed.ts';
import {
  dispatch,
  line,
  move,
  needs,
  product,
  reserve,
  shop,
  writes,
} from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const A = { product: 'A' };
const X = { location: 'x' };
const Y = { location: 'y' };
const FREE: UnitsInUse = { onHand: 0, inTransit: 0, inUse: false };

interface Case {
  readonly title: string;
  readonly commands: readonly Command[];
  readonly uses: readonly (readonly [Removal, UnitsInUse])[];
}

const CASES: readonly Case[] = [
  {
    title: 'nothing that was never stocked',
    commands: [],
    uses: [
      [A, FREE],
      [X, FREE],
      [{ product: 'unknown' }, FREE],
    ],
  },
  {
    title: 'units on the shelf',
    commands: [move('receive', 'A', 'x', 3), move('receive', 'A', 'y', 4)],
    uses: [
      [A, { onHand: 7, inTransit: 0, inUse: true }],
      [X, { onHand: 3, inTransit: 0, inUse: true }],
      [{ product: 'B' }, FREE],
    ],
  },
  {
    title: 'nothing when all is sold',
    commands: [move('receive', 'A', 'x', 3), move('sell', 'A', 'x', 3)],
    uses: [
      [A, FREE],
      [X, FREE],
    ],
  },
  {
    title: 'units that are promised',
    commands: [move('receive', 'A', 'x', 3), reserve('r1', line('A', 'x', 3))],
    uses: [[A, { onHand: 3, inTransit: 0, inUse: true }]],
  },
  {
    title: 'a shortfall that is as large as what is promised',
    commands: [
      move('receive', 'A', 'x', 3),
      reserve('r1', line('A', 'x', 3)),
      { type: 'sell', sku: 'A', location: 'x', quantity: 3, allowShortfall: true },
    ],
    uses: [
      [A, { onHand: 0, inTransit: 0, inUse: true }],
      [X, { onHand: 0, inTransit: 0, inUse: true }],
    ],
  },
  {
    title: 'units on their way, at both ends',
    commands: [
      move('receive', 'A', 'x', 3),
      dispatch('t1', 'x', 'y', { sku: 'A', quantity: 3 }),
      { type: 'receiveTransfer', transferId: 't1', lines: [{ sku: 'A', quantity: 1 }] },
      move('sell', 'A', 'y', 1),
    ],
    uses: [
      [A, { onHand: 0, inTransit: 2, inUse: true }],
      [X, { onHand: 0, inTransit: 2, inUse: true }],
      [Y, { onHand: 0, inTransit: 2, inUse: true }],
      [{ product: 'B' }, FREE],
      [{ location: 'z' }, FREE],
    ],
  },
  {
    title: 'nothing of transfers that have ended',
    commands: [
      move('receive', 'A', 'x', 3),
      dispatch('t1', 'x', 'y', { sku: 'A', quantity: 2 }),
      dispatch('t2', 'x', 'y', { sku: 'A', quantity: 1 }),
      { type: 'receiveTransfer', transferId: 't1', lines: [], reason: 'lost' },
      { type: 'cancelTransfer', transferId: 't2' },
      move('sell', 'A', 'x', 1),
    ],
    uses: [
      [A, FREE],
      [X, FREE],
      [Y, FREE],
    ],
  },
];

export function describeRemovals(engine: Engine): void {
  describe('a removal is shown', () => {
    const fixture = useDatabase(engine);

    it.each(CASES)('$title', async ({ commands, uses }) => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x'), shop('y'), shop('z')]);
      for (const command of commands) await feed(ledger, [command]);
      for (const [removal, expected] of uses) {
        let inUse: UnitsInUse | null = null;
        await ledger.commit(needs({ removal }), (rows) => {
          inUse = rows.inUse;
          return writes();
        });
        expect({ removal, inUse }).toEqual({ removal, inUse: expected });
      }
    });
  });
}
