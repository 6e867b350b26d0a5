import { describe, expect, it } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { feed } from '../support/contractFeed.ts';
import { carry, load, openShop, shopLink } from '../support/contractLinks.ts';
import { move, needs, product, shop } from '../support/contractRows.ts';
import { spelled } from '../support/nodes/transfers.ts';
import { type Engine, type Fixture, useDatabase } from './engine.ts';

const ID = '019c1f9e-6c00-7000-8000-000000000002';
const LINES = [{ sku: 'A', quantity: 4 }];
const DISPATCH = {
  type: 'dispatch',
  transferId: ID,
  from: 'x',
  to: 'y',
  lines: LINES,
  reference: 'van 7',
} as const;

/** A hub's database whose goods at `x` a shop has in hand, and the shop's own; both know the product. */
async function chain(fixture: Fixture) {
  const { storage: hub } = fixture;
  await feed(hub.ledger, [product('A'), shop('x'), shop('y')]);
  await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
  const there = await openShop('shop-x', 'x');
  await carry(hub, there);
  await feed(there.ledger, [move('receive', 'A', 'x', 9)]);
  return { hub, there };
}

export function describeTransfers(engine: Engine): void {
  describe('a transfer between nodes', () => {
    const fixture = useDatabase(engine);

    it('is kept before its dispatch is known, and after', async () => {
      const { hub, there } = await chain(fixture);
      const arrived = { type: 'receiveTransfer', transferId: ID, to: 'y', lines: LINES } as const;
      await feed(hub.ledger, [arrived]);
      const row = await hub.queries.transfer(ID);
      expect(row).toMatchObject({ from: null, to: 'y', status: 'unmatched', reference: null });
      expect(await hub.queries.transfers({ status: 'unmatched', limit: 10 })).toEqual([row]);
      expect((await verifyBooks(hub.books)).findings).toEqual([]);
      await feed(there.ledger, [DISPATCH]);
      await carry(there, hub);
      const { queries, books } = await fixture.reopen();
      const matched = await queries.transfer(ID);
      expect(matched).toMatchObject({ from: 'x', to: 'y', status: 'received', reference: 'van 7' });
      expect(matched?.createdAt).toBe(row?.createdAt);
      expect(await queries.transfers({ status: 'unmatched', limit: 10 })).toEqual([]);
      expect((await verifyBooks(books)).findings).toEqual([]);
    });

    it('is loaded with those of its ends where another node has the goods', async () => {
      const { hub, there } = await chain(fixture);
      expect((await load(hub.ledger, needs({ transfers: [ID] }))).locations.size).toBe(0);
      await feed(there.ledger, [DISPATCH]);
      await carry(there, hub);
      const rows = await load(hub.ledger, needs({ transfers: [ID] }));
      expect(rows.linked).toBe(true);
      expect([...rows.locations.keys()]).toEqual(['x']);
      const transfer = rows.transfers.get(ID);
      expect(transfer && spelled(transfer)).toBe('in_transit x > y A 4 sent, 4 under way');
    });

    it('keeps its product while what has arrived is not matched', async () => {
      const { hub } = await chain(fixture);
      await feed(hub.ledger, [
        { type: 'receiveTransfer', transferId: ID, to: 'y', lines: LINES },
        move('adjust', 'A', 'y', -4),
      ]);
      const { inUse } = await load(hub.ledger, needs({ removal: { product: 'A' } }));
      expect(inUse).toMatchObject({ onHand: 0, inUse: true });
    });
  });

  describe('a ledger without links', () => {
    const fixture = useDatabase(engine);

    it('says so', async () => {
      const { ledger } = fixture.storage;
      expect((await load(ledger, needs())).linked).toBe(false);
      await feed(ledger, [product('A'), shop('x'), shop('y')]);
      await feed(ledger, [
        move('receive', 'A', 'x', 9),
        DISPATCH,
        { type: 'receiveTransfer', transferId: ID },
      ]);
      expect((await load(ledger, needs({ transfers: [ID] }))).locations.size).toBe(0);
    });
  });
}
