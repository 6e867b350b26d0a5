import type { Operation } from './operations.ts';
import type { Booked, PlayResult } from './target.ts';
import { add, type Figures, newTotals, type Totals, zero } from './totals.ts';

/** A command that the ledger turned down; in a sound replay there is none. */
export interface Problem {
  /** Which line of the file, 0 for the opening stock. */
  readonly line: number;
  readonly code: string;
}

/** What the ledger has of the file, counted from its own answers, and how it came there. */
export class Tally {
  /** Lines of the file that were read or booked; units that the ledger says it moved. */
  readonly totals: Totals = newTotals();
  readonly opening: Figures = zero();
  readonly problems: Problem[] = [];
  /** Lines that the reservations have, after lines of an invoice for one code were added up. */
  reservationLines = 0;
  /** Operations that were booked by an earlier run, and by this one. */
  playedBefore = 0;
  playedNow = 0;
  commits = 0;
  events = 0;
  /** Units on hand at the end, by code, as they follow from the file. */
  readonly expectedStock = new Map<string, number>();

  /** Booked by an earlier run. */
  takeKnown(operation: Operation, booked: Booked): void {
    this.playedBefore += 1;
    this.#take(operation, booked);
  }

  /** @param results of the commands of the operation, in their order */
  takePlayed(operation: Operation, results: readonly PlayResult[]): void {
    const refused = results.find((result) => result.kind === 'refused');
    const last = results.at(-1);
    if (refused?.kind === 'refused') {
      this.problems.push({ line: lineOf(operation), code: refused.code });
      return;
    }
    if (last?.kind !== 'booked') return;
    this.playedNow += 1;
    this.events += last.lines * results.length;
    this.#take(operation, last);
  }

  #take(operation: Operation, { lines, units }: Booked): void {
    switch (operation.kind) {
      case 'opening':
        add(this.opening, lines, units);
        return;
      case 'invoice':
        this.totals.invoices += 1;
        this.totals.rows += operation.lines;
        this.reservationLines += lines;
        add(this.totals.booked.sale, operation.lines, units);
        return;
      default:
        this.totals.rows += 1;
        add(this.totals.booked[operation.kind], lines, units);
    }
  }

  /** Counts what the file makes of the stock, whoever booked it. */
  expect(operation: Operation): void {
    if (operation.kind === 'invoice') {
      for (const [code, units] of operation.units) this.#expectChange(code, -units);
      return;
    }
    const { kind, code, quantity } = operation;
    this.#expectChange(code, kind === 'writeOff' ? -quantity : quantity);
  }

  #expectChange(code: string, units: number): void {
    this.expectedStock.set(code, (this.expectedStock.get(code) ?? 0) + units);
  }
}

function lineOf(operation: Operation): number {
  return operation.kind === 'opening' ? 0 : operation.line;
}
