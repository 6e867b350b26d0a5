import { describe, expect, it } from 'vitest';
import type { KeptOutcome } from '../../src/ledger/outcome.ts';
import { idempotencyMapKey, type KeyRecord } from '../../src/ledger/store.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import { move, needs, product, shop, writes } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const REFUSED: KeptOutcome = {
  refusedAt: 3,
  outcomes: [{ kind: 'refused', refusal: { code: 'product_not_found', sku: "o'neil \u{1F600}" } }],
};

function record(actor: string, key: string): KeyRecord {
  return { actor, key, fingerprint: `fingerprint of ${key}`, outcome: REFUSED, stamp: null };
}

export function describeKeys(engine: Engine): void {
  describe('an idempotency record', () => {
    const fixture = useDatabase(engine);

    async function keep(...keys: readonly KeyRecord[]): Promise<number> {
      return (await fixture.storage.ledger.commit(needs(), () => writes({ keys }))).time;
    }

    async function find(actor: string, key: string): Promise<KeyRecord | undefined> {
      let found: KeyRecord | undefined;
      await fixture.storage.ledger.commit(needs({ keys: [{ actor, key }] }), ({ keys }) => {
        found = keys.get(idempotencyMapKey({ actor, key }));
        return writes();
      });
      return found;
    }

    it('comes back with the stamp of its commit', async () => {
      await feed(fixture.storage.ledger, [product('A'), shop('x')]);
      const time = await keep(record('ann', 'k1'));
      expect(await find('ann', 'k1')).toEqual({
        ...record('ann', 'k1'),
        stamp: { firstPosition: 3, time },
      });
      await fixture.reopen();
      expect(await find('ann', 'k1')).toMatchObject({ stamp: { firstPosition: 3, time } });
    });

    it('keeps outcomes whole, so that they can be answered again', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      const claimed = { key: 'k1', fingerprint: 'f1' };
      const first = await decideOn(ledger, [move('receive', 'A', 'x', 5)], { key: claimed });
      const again = await decideOn(ledger, [move('receive', 'A', 'x', 5)], { key: claimed });
      expect(again.writes.events).toEqual([]);
      expect(again.answer).toMatchObject({
        kind: 'done',
        items: first.answer.kind === 'done' ? first.answer.items : [],
        replay: { fingerprint: 'f1', stamp: first.stamp },
      });
    });

    it('belongs to its actor', async () => {
      await keep(record('ann', 'k1'), { ...record('bob', 'k1'), fingerprint: 'of bob' });
      expect(await find('ann', 'k1')).toMatchObject({ fingerprint: 'fingerprint of k1' });
      expect(await find('bob', 'k1')).toMatchObject({ fingerprint: 'of bob' });
      expect(await find('ann', 'K1')).toBeUndefined();
      expect(await find('annk', '1')).toBeUndefined();
    });

    it('is seen by the commit that comes at the same moment', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x')]);
      const key = { key: 'k1', fingerprint: 'f1' };
      const twins = [1, 2, 3].map(() => decideOn(ledger, [move('receive', 'A', 'x', 5)], { key }));
      const events = (await Promise.all(twins)).map(({ writes: { events } }) => events.length);
      expect(events.sort()).toEqual([0, 0, 1]);
    });

    it('can be pruned when it is older than a time, some at once', async () => {
      const { ledger } = fixture.storage;
      const old = await keep(record('ann', 'k1'), record('ann', 'k2'), record('ann', 'k3'));
      await ledger.advanceTime(old);
      const young = await keep(record('ann', 'k4'));
      expect(await ledger.pruneKeys(old, 10)).toBe(0);
      expect(await ledger.pruneKeys(young, 2)).toBe(2);
      expect(await ledger.pruneKeys(young, 2)).toBe(1);
      expect(await ledger.pruneKeys(young, 2)).toBe(0);
      expect(await find('ann', 'k1')).toBeUndefined();
      expect(await find('ann', 'k4')).toBeDefined();
    });

    it('that was pruned can be made anew', async () => {
      const { ledger } = fixture.storage;
      const time = await keep(record('ann', 'k1'));
      await ledger.pruneKeys(time + 1, 10);
      await keep({ ...record('ann', 'k1'), fingerprint: 'new' });
      expect(await find('ann', 'k1')).toMatchObject({ fingerprint: 'new' });
    });
  });
}
