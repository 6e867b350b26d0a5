import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLevels } from './order.ts';

const text = fc.string({ unit: 'binary', maxLength: 6 });
const level = fc.record({ sku: text, location: text });

function byBytes(one: string, other: string): number {
  return Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

describe('levels', () => {
  it('are in the order of their bytes in UTF-8, the SKU before the location', () => {
    fc.assert(
      fc.property(level, level, (one, other) => {
        const expected = byBytes(one.sku, other.sku) || byBytes(one.location, other.location);
        expect(Math.sign(compareLevels(one, other))).toBe(expected);
      }),
    );
  });

  it.each([
    ['a', 'b'],
    ['a', 'a\u0300'],
    ['ab', 'b'],
    ['\uFF5E', '😀'],
    ['😀', '😁'],
    ['x😀', 'x😀y'],
  ])('%s comes before %s', (one, other) => {
    const at = (sku: string) => ({ sku, location: 'north' });
    expect(compareLevels(at(one), at(other))).toBeLessThan(0);
    expect(compareLevels(at(other), at(one))).toBeGreaterThan(0);
  });
});
