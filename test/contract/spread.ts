import { describe, expect, it } from 'vitest';
import { feed } from '../support/contractFeed.ts';
import { load, meet, openShop, shopLink } from '../support/contractLinks.ts';
import { hold, line, move, needs, product, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const MINUTE_MS = 60_000;

export function describeSpread(engine: Engine): void {
  describe('where products are', () => {
    const fixture = useDatabase(engine);

    it('is every place that ever had some, with what is left there', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), product('C'), shop('x'), shop('y')]);
      await feed(ledger, [move('receive', 'A', 'y', 1), move('receive', 'A', 'x', 3)]);
      await feed(ledger, [move('receive', 'B', 'x', 1), move('sell', 'A', 'y', 1)]);
      const { stockedAt } = await load(ledger, needs({ spread: ['A', 'C', 'unknown'] }));
      expect(stockedAt).toEqual(
        new Map([
          [
            'A',
            [
              { location: 'x', available: 3, releaseAt: null, elsewhere: 0 },
              { location: 'y', available: 0, releaseAt: null, elsewhere: 0 },
            ],
          ],
        ]),
      );
    });

    it('is said with the end of the first hold where nothing else is available', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), shop('y')]);
      await feed(ledger, [move('receive', 'A', 'x', 2), move('receive', 'A', 'y', 2)]);
      await hold(ledger, 'late', [line('A', 'x', 1)], 2 * MINUTE_MS);
      await hold(ledger, 'over', [line('A', 'x', 1), line('A', 'y', 1)], -MINUTE_MS);
      const { stockedAt, now } = await load(ledger, needs({ spread: ['A'] }));
      const [x, y] = stockedAt.get('A') ?? [];
      expect(x).toMatchObject({ location: 'x', available: 0 });
      expect(x?.releaseAt).toBeLessThan(now);
      expect(y).toMatchObject({ location: 'y', available: 1, releaseAt: null });
    });

    it('is also where other nodes have some', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), product('B'), shop('x'), shop('y')]);
      await feed(hub.ledger, [
        { type: 'addLink', link: shopLink('shop-x', 'x') },
        { type: 'addLink', link: shopLink('shop-y', 'y') },
      ]);
      for (const at of ['x', 'y']) {
        const node = await openShop(`shop-${at}`, at);
        await meet(hub, node);
        await feed(node.ledger, [move('receive', 'A', at, 5), move('receive', 'B', at, 1)]);
        if (at === 'y') await feed(node.ledger, [move('sell', 'A', at, 5)]);
        await meet(hub, node);
      }
      const { stockedAt } = await load(hub.ledger, needs({ spread: ['A'] }));
      const own = { available: 0, releaseAt: null };
      expect([...stockedAt]).toEqual([['A', [{ location: 'x', ...own, elsewhere: 5 }]]]);
    });

    it('is not looked for unless it is asked for', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 3)]);
      const levels = [{ sku: 'A', location: 'x', quantity: 1 }];
      expect((await load(ledger, needs({ levels }))).stockedAt.size).toBe(0);
    });
  });
}
