import type { Meaning } from './classify.ts';

/** The kinds of lines that move stock. */
export const BOOKED_KINDS = ['sale', 'return', 'writeOff', 'find'] as const;
export type BookedKind = (typeof BOOKED_KINDS)[number];

export interface Figures {
  lines: number;
  units: number;
}

/** What the file says, as counted by the first pass from its lines alone. */
export interface Totals {
  rows: number;
  /** Invoices that sell a product; each is one reservation. */
  invoices: number;
  readonly booked: { readonly [K in BookedKind]: Figures };
  /** By reason. */
  readonly skipped: Map<string, Figures>;
}

export function newTotals(): Totals {
  return {
    rows: 0,
    invoices: 0,
    booked: { sale: zero(), return: zero(), writeOff: zero(), find: zero() },
    skipped: new Map(),
  };
}

/** @param quantity signed, as in the file; units are counted without their sign */
export function countLine(totals: Totals, meaning: Meaning, quantity: number): void {
  totals.rows += 1;
  const figures =
    meaning.kind === 'skip' ? skippedFor(totals, meaning.reason) : totals.booked[meaning.kind];
  add(figures, 1, Math.abs(quantity));
}

export function add(figures: Figures, lines: number, units: number): void {
  figures.lines += lines;
  figures.units += units;
}

export function zero(): Figures {
  return { lines: 0, units: 0 };
}

function skippedFor(totals: Totals, reason: string): Figures {
  const known = totals.skipped.get(reason);
  if (known) return known;
  const figures = zero();
  totals.skipped.set(reason, figures);
  return figures;
}
