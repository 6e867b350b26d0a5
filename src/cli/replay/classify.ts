import type { Row } from './rows.ts';

/** What an order line is to the books. */
export type Meaning =
  | { readonly kind: 'sale' | 'return' | 'writeOff' | 'find' }
  | { readonly kind: 'skip'; readonly reason: string };

const SALE: Meaning = { kind: 'sale' };
const RETURN: Meaning = { kind: 'return' };
const WRITE_OFF: Meaning = { kind: 'writeOff' };
const FIND: Meaning = { kind: 'find' };

/** A stock number is five digits, with up to two letters for the variant; letter case matters. */
const STOCK_NUMBER = /^\d{5}[A-Za-z]{0,2}$/;

/** Codes that are no stock numbers, by what they stand for. */
const NOT_PRODUCTS: ReadonlyMap<string, string> = new Map([
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
]);

/**
 * A line whose code is not a product is skipped, whatever else it says. Of the others: an invoice number with a C is a
 * cancellation, so goods come back; goods that go without one and without a price were written off; goods that come at
 * no price were found; all else is sold.
 */
export function classify({ code, invoice, quantity, price }: Row): Meaning {
  if (!STOCK_NUMBER.test(code)) return skip(reasonNotProduct(code));
  if (quantity === 0) return skip('no quantity');
  if (invoice.startsWith('C')) return quantity < 0 ? RETURN : skip('cancellation of nothing');
  if (quantity < 0) return price === 0 ? WRITE_OFF : skip('negative sale');
  if (price < 0) return skip('correction of money');
  return price === 0 ? FIND : SALE;
}

function reasonNotProduct(code: string): string {
  if (code.startsWith('gift_')) return 'gift voucher';
  return NOT_PRODUCTS.get(code) ?? 'code without a stock number';
}

function skip(reason: string): Meaning {
  return { kind: 'skip', reason };
}
