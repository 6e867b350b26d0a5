import { describe, expect, it } from 'vitest';
import { figuresOf, percentile } from './figures.ts';

describe('the figures of an experiment', () => {
  it('are right when exactly min(buyers, units) were sold', () => {
    const figures = figuresFrom({ units: 2, sold: 2, refused: 3, reserved: 2 });
    expect(figures).toMatchObject({ sold: 2, unsold: 0, oversold: 0, refused: 3, isRight: true });
    expect(figuresFrom({ units: 9, sold: 5, refused: 0, reserved: 5 })).toMatchObject({
      unsold: 4,
      isRight: true,
    });
  });

  it.each([
    ['a buyer was turned away from a unit', { units: 2, sold: 1, refused: 4, reserved: 1 }, 0],
    ['more were told than there are', { units: 2, sold: 3, refused: 2, reserved: 2 }, 1],
    ['the ledger holds more than there are', { units: 2, sold: 2, refused: 3, reserved: 4 }, 2],
    ['the ledger holds less than it said', { units: 2, sold: 2, refused: 3, reserved: 1 }, 0],
  ])('are wrong when %s', (_name, ends, oversold) => {
    expect(figuresFrom(ends)).toMatchObject({ isRight: false, oversold });
  });
});

it('takes the smallest value that a share of all does not exceed as percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBe(0);
});

interface Ends {
  readonly units: number;
  readonly sold: number;
  readonly refused: number;
  readonly reserved: number;
}

function figuresFrom({ units, sold, refused, reserved }: Ends) {
  const buyer = (end: 'sold' | 'refused') => ({ end, latencyMs: 1, repeats: 0 });
  const buyers = [
    ...Array.from({ length: sold }, () => buyer('sold')),
    ...Array.from({ length: refused }, () => buyer('refused')),
  ];
  const stock = { onHand: units, available: units - reserved, reserved };
  return figuresOf({ buyers: buyers.length, units }, { buyers, durationMs: 10, stock });
}
