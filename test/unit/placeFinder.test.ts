import { describe, expect, it } from 'vitest';
import { emptyLevel } from '../../src/domain/stock.ts';
import { createPlaceFinder } from '../../src/queries/places.ts';
import type { LevelPage } from '../../src/queries/store.ts';

/** Every product is in one place. Each read waits until it is answered. */
function openStore() {
  const reads: { readonly skus: readonly string[]; readonly answer: () => void }[] = [];
  const levels = ({ skus = [] }: LevelPage) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    reads.push({ skus, answer: resolve });
    return promise.then(() => {
      if (skus.includes('broken')) throw new Error('not now');
      return skus.map((sku) => ({ ...emptyLevel(sku, 'north'), available: 3, updatedAt: 0 }));
    });
  };
  const none = () => Promise.resolve([]);
  return {
    reads,
    finder: createPlaceFinder({ levels, shares: none, links: none, locations: none }),
  };
}

const NORTH = [{ location: 'north', available: 3, peers: [] }];

describe('looking for places', () => {
  it('gathers those who come while two are looking', async () => {
    const { reads, finder } = openStore();
    const skus = ['a', 'b', 'c', 'd', 'c'];
    const found = skus.map((sku) => finder.places(new Set([sku])));
    expect(reads.map((read) => read.skus)).toEqual([['a'], ['b']]);
    reads[1]?.answer();
    await found[1];
    expect(reads.map((read) => read.skus)).toEqual([['a'], ['b'], ['c', 'd']]);
    reads[2]?.answer();
    expect((await found[4])?.get('c')).toEqual(NORTH);
    expect((await found[3])?.get('d')).toEqual(NORTH);
    reads[0]?.answer();
    expect((await found[0])?.get('a')).toEqual(NORTH);
    expect(reads).toHaveLength(3);
  });

  it('goes on after a read that failed', async () => {
    const { reads, finder } = openStore();
    const first = finder.places(new Set(['broken']));
    const second = finder.places(new Set(['broken']));
    const gathered = finder.places(new Set(['a']));
    for (const { answer } of reads) answer();
    await expect(first).rejects.toThrow('not now');
    await expect(second).rejects.toThrow('not now');
    reads[2]?.answer();
    expect((await gathered).get('a')).toEqual(NORTH);
  });
});
