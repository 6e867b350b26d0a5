import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Ends } from '../../src/domain/links/atRest.ts';
import { DemandBook } from '../../src/nodes/demand.ts';
import { moved, noticed } from '../support/givenLink.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const sold = (quantity: number, time: number): LoggedEvent =>
  moved('sell', ['available', 'customer'], quantity, { time });
const kept = (ttlSeconds: number): LoggedEvent =>
  moved('reserve', ['available', 'reserved'], 2, { details: { expiresAt: 0, ttlSeconds } });

const units = ({ hub, shop }: Ends): number => hub + shop;

/** A book in which `count` units were sold in the shop, one after another, over `ms`. */
function steady(count: number, ms: number): DemandBook {
  const book = new DemandBook();
  for (let i = 0; i <= count; i++) book.learn('shop', sold(1, (i * ms) / count));
  return book;
}

describe('expected demand', () => {
  it('is that of the same time, after a steady one', () => {
    const { shop, hub } = steady(28 * 48, 28 * DAY_MS).expected('apple', 2 * HOUR_MS);
    expect(shop).toBeGreaterThan(3.8);
    expect(shop).toBeLessThan(4.2);
    expect(hub).toBeLessThan(0.001);
  });

  it('is where all buyers of the location come from, as long as few of a SKU are known', () => {
    const book = new DemandBook();
    const pears = (count: number) => ({ ...sold(count, 0), sku: 'pear' });
    book.learn('hub', pears(30));
    book.learn('shop', pears(10));
    book.learn('shop', sold(1, 0));
    const first = book.expected('apple', DAY_MS);
    expect(first.hub).toBeGreaterThan(first.shop / 2);
    book.learn('shop', sold(20, 0));
    const later = book.expected('apple', DAY_MS);
    expect(later.hub).toBeLessThan(later.shop / 20);
  });

  it('is not made much of on the first day', () => {
    const book = steady(2, HOUR_MS);
    expect(book.expected('apple', DAY_MS).shop).toBeLessThan(3.5);
  });

  it('follows a rush within minutes, and forgets it as soon', () => {
    const book = steady(28, 28 * DAY_MS);
    const usual = book.expected('apple', HOUR_MS).shop;
    for (let i = 0; i < 60; i++) book.learn('shop', sold(1, 28 * DAY_MS + i * 5_000));
    const rushed = book.expected('apple', HOUR_MS).shop;
    expect(rushed).toBeGreaterThan(100 * usual);
    book.learn('shop', sold(1, 29 * DAY_MS));
    expect(book.expected('apple', HOUR_MS).shop).toBeLessThan(rushed / 50);
  });

  it('does not take one sale for a rush', () => {
    const book = steady(28, 28 * DAY_MS);
    const usual = book.expected('apple', HOUR_MS).shop;
    book.learn('shop', sold(1, 28 * DAY_MS + 1));
    expect(book.expected('apple', HOUR_MS).shop).toBeLessThan(2 * usual);
  });

  it('counts what had to be asked for once more, and not what is kept for who asked', () => {
    const book = new DemandBook();
    book.learn('hub', noticed('want', { sku: 'apple', location: 'north', details: { units: 1 } }));
    book.learn('hub', kept(1));
    const asked = units(book.expected('apple', DAY_MS));
    book.learn('hub', kept(900));
    expect(asked).toBeGreaterThan(0);
    expect(units(book.expected('apple', DAY_MS))).toBeCloseTo(3 * asked);
  });

  it('is nothing for what nobody has asked for', () => {
    const book = new DemandBook();
    book.learn('shop', moved('receive', ['supplier', 'available'], 50));
    expect(book.expected('apple', DAY_MS)).toEqual({ hub: 0, shop: 0 });
    expect(book.expected('pear', DAY_MS)).toEqual({ hub: 0, shop: 0 });
  });
});
