import { beforeEach, describe, expect, it } from 'vitest';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import { carry, meet, openShop, shopLink } from '../support/contractLinks.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const REMOVE = { type: 'deleteProduct', sku: 'A' } as const;

/** What comes of removing a product that shops may have. */
export function describeChainRemovals(engine: Engine): void {
  describe('the removal of a product of a chain', () => {
    const fixture = useDatabase(engine);
    let x: Storage;
    let y: Storage;

    beforeEach(async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), shop('y')]);
      for (const at of ['x', 'y']) {
        await feed(ledger, [{ type: 'addLink', link: shopLink(`shop-${at}`, at) }]);
      }
      x = await openShop('shop-x', 'x');
      y = await openShop('shop-y', 'y');
      await meet(fixture.storage, x);
      await meet(fixture.storage, y);
    });

    it('waits for every shop', async () => {
      const hub = fixture.storage;
      expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-x', 'shop-y'] });
      await meet(hub, x);
      expect(await x.queries.product('A')).toBeUndefined();
      expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-y'] });
      await meet(hub, y);
      expect(await remove()).toEqual({ kind: 'removed' });
      expect(await hub.queries.product('A')).toBeUndefined();
      expect(await verifyBooks(hub.books)).toMatchObject({ findings: [] });
    });

    it('is found again by a rebuild, and goes on', async () => {
      const hub = fixture.storage;
      await remove();
      await meet(hub, x);
      const row = await hub.queries.product('A');
      await rebuildBooks(hub.books);
      expect(await hub.queries.product('A')).toEqual(row);
      expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-y'] });
    });

    it('is turned down while it is known that a shop has some', async () => {
      await feed(y.ledger, [move('receive', 'A', 'y', 3)]);
      await carry(y, fixture.storage);
      const refusal = { code: 'product_has_stock', sku: 'A', onHand: 3, inTransit: 0 };
      expect(await remove()).toEqual({ kind: 'refused', refusal });
    });

    it('is given up when a shop turns out to have some', async () => {
      const hub = fixture.storage;
      await feed(y.ledger, [move('receive', 'A', 'y', 3)]);
      await remove();
      await meet(hub, x);
      await meet(hub, y);
      const row = { sku: 'A', ...product('A').content };
      expect(await hub.queries.product('A')).toEqual(row);
      expect(await y.queries.product('A')).toMatchObject(row);
      await meet(hub, x);
      expect(await x.queries.product('A')).toMatchObject(row);
    });

    it('is given up when the product is put again', async () => {
      const hub = fixture.storage;
      await remove();
      await meet(hub, x);
      await feed(hub.ledger, [product('A')]);
      expect(await hub.queries.product('A')).toEqual({ sku: 'A', ...product('A').content });
      await meet(hub, x);
      expect(await x.queries.product('A')).toBeDefined();
    });

    it('asks no shop that was given up for lost', async () => {
      await feed(fixture.storage.ledger, [{ type: 'retireNode', peer: 'shop-y' }]);
      expect(await remove()).toEqual({ kind: 'removing', waitsFor: ['shop-x'] });
      await meet(fixture.storage, x);
      expect(await remove()).toEqual({ kind: 'removed' });
    });

    async function remove() {
      const { answer } = await decideOn(fixture.storage.ledger, [REMOVE]);
      return answer.kind === 'done' ? answer.items[0]?.outcome : answer;
    }
  });
}
