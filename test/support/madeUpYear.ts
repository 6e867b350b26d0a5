import type { RetailLine } from './retailFile.ts';

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Invoices, cancellations, write-offs and finds of a made-up retailer, one every few minutes. */
export function madeUpYear(invoices: number, seed: number): RetailLine[] {
  const fraction = seeded(seed);
  const upTo = (max: number) => 1 + Math.floor(fraction() * max);
  const lines: RetailLine[] = [];
  for (let number = 0; number < invoices; number++) {
    const date = minuteText(Math.floor(number / 2) * 7);
    const code = () => `${10_000 + upTo(60)}`;
    const dice = fraction();
    if (dice < 0.1) {
      lines.push({ invoice: `C${number}`, code: code(), quantity: -upTo(5), date });
    } else if (dice < 0.2) {
      const quantity = upTo(5) * (dice < 0.15 ? -1 : 1);
      lines.push({ invoice: `${number}`, code: code(), quantity, date, price: 0 });
    } else {
      const count = upTo(20);
      for (let line = 0; line < count; line++) {
        lines.push({ invoice: `${number}`, code: code(), quantity: upTo(12), date });
      }
    }
  }
  return lines;
}

function minuteText(minutes: number): string {
  const time = Date.UTC(2010, 11, 1, 8) + minutes * 60_000;
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}
