import type { Survey } from './survey.ts';
import type { Problem, Tally } from './tally.ts';
import { BOOKED_KINDS, type BookedKind, type Figures } from './totals.ts';

/** A figure of the file beside the ledger's. */
export interface Row {
  readonly label: string;
  readonly said: number;
  readonly done: number;
}

const NAMES: { readonly [K in BookedKind]: string } = {
  sale: 'sold',
  return: 'returned',
  writeOff: 'written off',
  find: 'found',
};

/** @param stock units on hand at the location now, by code; null where it may be ahead of what was played */
export function compare(
  survey: Survey,
  tally: Tally,
  stock: ReadonlyMap<string, number> | null,
): Row[] {
  const { totals: said } = survey;
  const { totals: done } = tally;
  return [
    { label: 'lines in all', said: said.rows, done: done.rows },
    { label: 'invoices that sell (reservations)', said: said.invoices, done: done.invoices },
    ...BOOKED_KINDS.flatMap((kind) =>
      figuresRows(NAMES[kind], said.booked[kind], done.booked[kind]),
    ),
    ...skippedRows(said.skipped, done.skipped),
    {
      label: 'opening stock, invented: units',
      said: openingUnits(survey),
      done: tally.opening.units,
    },
    ...(stock ? stockRows(tally, stock) : []),
    { label: 'commands refused', said: 0, done: tally.problems.length },
  ];
}

function stockRows(tally: Tally, stock: ReadonlyMap<string, number>): Row[] {
  return [
    { label: 'units on hand at the end', said: sum(tally.expectedStock), done: sum(stock) },
    {
      label: 'codes with another stock than the file makes',
      said: 0,
      done: differing(tally, stock),
    },
  ];
}

export function agree(rows: readonly Row[]): boolean {
  return rows.every(({ said, done }) => said === done);
}

function figuresRows(name: string, said: Figures, done: Figures): Row[] {
  return [
    { label: `${name}: lines`, said: said.lines, done: done.lines },
    { label: `${name}: units`, said: said.units, done: done.units },
  ];
}

function skippedRows(
  said: ReadonlyMap<string, Figures>,
  done: ReadonlyMap<string, Figures>,
): Row[] {
  const reasons = [...new Set([...said.keys(), ...done.keys()])].sort();
  return reasons.map((reason) => ({
    label: `skipped, ${reason}: lines`,
    said: said.get(reason)?.lines ?? 0,
    done: done.get(reason)?.lines ?? 0,
  }));
}

function openingUnits({ products }: Survey): number {
  let units = 0;
  for (const product of products.values()) units += product.openingUnits;
  return units;
}

function differing({ expectedStock }: Tally, stock: ReadonlyMap<string, number>): number {
  let count = 0;
  for (const code of new Set([...expectedStock.keys(), ...stock.keys()])) {
    if ((expectedStock.get(code) ?? 0) !== (stock.get(code) ?? 0)) count += 1;
  }
  return count;
}

function sum(units: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of units.values()) total += count;
  return total;
}

/** The figures as a table for people; rows that do not agree are marked. */
export function renderTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ label }) => label.length));
  const line = (label: string, said: string, done: string, mark: string) =>
    `${label.padEnd(width)}  ${said.padStart(SAID.length)}  ${done.padStart(DONE.length)}${mark}\n`;
  const body = rows.map(({ label, said, done }) =>
    line(label, grouped(said), grouped(done), said === done ? '' : '  <- differs'),
  );
  return [line('', SAID, DONE, ''), ...body].join('');
}

const SAID = 'the file says';
const DONE = 'the ledger has';

/** 1234567 as 1,234,567. */
function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** What the table leaves open, as lines for people. */
export function renderNotes(
  survey: Survey,
  tally: Tally,
  location: string,
  seconds: number,
): string {
  const { mixedFinds, digest } = survey;
  const merged = tally.totals.booked.sale.lines - tally.reservationLines;
  const notes = [
    `file ${digest.slice(0, 12)}, booked at ${location}; location and opening stock are invented, times are taken as UTC`,
    `${grouped(merged)} sale lines were added up with another line of their invoice for the same code`,
    `${grouped(mixedFinds.lines)} of the lines found (${grouped(mixedFinds.units)} units) are on invoices that also sell`,
    `this run: ${grouped(tally.commits)} commits, ${grouped(tally.events)} events, ${seconds.toFixed(1)} s`,
    ...tally.problems.slice(0, PROBLEMS_SHOWN_MAX).map(problemNote),
  ];
  return notes.map((note) => `${note}\n`).join('');
}

const PROBLEMS_SHOWN_MAX = 10;

function problemNote({ line, code }: Problem): string {
  return `refused: ${line === 0 ? 'opening stock' : `line ${line}`}: ${code}`;
}
