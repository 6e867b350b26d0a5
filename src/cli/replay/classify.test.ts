import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';

const NOT_PRODUCTS: readonly (readonly [string, string])[] = [
  ['POST', 'postage and carriage'],
  ['DOT', 'postage and carriage'],
  ['C2', 'postage and carriage'],
  ['AMAZONFEE', 'fees and charges'],
  ['BANK CHARGES', 'fees and charges'],
  ['CRUK', 'fees and charges'],
  ['B', 'bad debt'],
  ['D', 'discount'],
  ['M', 'manual entry'],
  ['m', 'manual entry'],
  ['S', 'samples'],
  ['gift_0001_40', 'gift voucher'],
  ['DCGS0066P', 'code without a stock number'],
  ['DCGSSBOY', 'code without a stock number'],
  ['PADS', 'code without a stock number'],
];

describe('an order line', () => {
  it.each([
    ['a positive quantity at a price', '536365', '85123A', 6, 2.55, 'sale'],
    ['a code in small letters', '536365', '15056bl', 6, 2.55, 'sale'],
    ['a code with two letters', '536365', '79323GR', 6, 2.55, 'sale'],
    ['a negative quantity on a cancellation', 'C536379', '85123A', -1, 2.55, 'return'],
    ['a cancellation at no price', 'C536379', '85123A', -1, 0, 'return'],
    ['a negative quantity at no price', '536589', '21777', -10, 0, 'writeOff'],
    ['a positive quantity at no price', '536414', '22139', 56, 0, 'find'],
  ])('with %s', (_name, invoice, code, quantity, price, kind) => {
    expect(classify(row({ invoice, code, quantity, price }))).toEqual({ kind });
  });

  it.each(NOT_PRODUCTS)('of %s is skipped as %s, whatever else it says', (code, reason) => {
    for (const invoice of ['536365', 'C536365']) {
      for (const quantity of [1, -1]) {
        expect(classify(row({ invoice, code, quantity }))).toEqual({ kind: 'skip', reason });
      }
    }
  });

  it.each([
    ['no quantity', '536365', 0, 2.55],
    ['cancellation of nothing', 'C536365', 3, 2.55],
    ['negative sale', '536365', -3, 2.55],
    ['correction of money', 'A563186', 1, -11_062.06],
  ])('that makes no sense is skipped as %s', (reason, invoice, quantity, price) => {
    expect(classify(row({ invoice, quantity, price }))).toEqual({ kind: 'skip', reason });
  });
});

function row(fields: { invoice?: string; code?: string; quantity?: number; price?: number }) {
  const common = { line: 2, description: '', time: 0 };
  return { ...common, invoice: '536365', code: '85123A', quantity: 1, price: 1, ...fields };
}
