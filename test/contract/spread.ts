import { describe, expect, it } from 'vitest';
import { feed } from '../support/contractFeed.ts';
import { load } from '../support/contractLinks.ts';
import { move, needs, product, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

export function describeSpread(engine: Engine): void {
  describe('where products are stocked', () => {
    const fixture = useDatabase(engine);

    it('is every place that ever had some, whatever is left there', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), product('C'), shop('x'), shop('y')]);
      await feed(ledger, [move('receive', 'A', 'x', 3), move('receive', 'A', 'y', 1)]);
      await feed(ledger, [move('receive', 'B', 'x', 1), move('sell', 'A', 'y', 1)]);
      const { stockedAt } = await load(ledger, needs({ spread: ['A', 'C', 'unknown'] }));
      expect([...stockedAt.keys()]).toEqual(['A']);
      expect([...(stockedAt.get('A') ?? [])].sort()).toEqual(['x', 'y']);
    });

    it('is not looked for unless it is asked for', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 3)]);
      const levels = [{ sku: 'A', location: 'x', quantity: 1 }];
      expect((await load(ledger, needs({ levels }))).stockedAt.size).toBe(0);
    });
  });
}
