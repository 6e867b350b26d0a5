import { NAME_CODE_POINTS_MAX } from '../../domain/limits.ts';
import { classify, type Meaning } from './classify.ts';
import { badFile } from './records.ts';
import { newDigest, type Row, readRows } from './rows.ts';
import { type Scope, withinScope } from './scope.ts';
import { plainText } from './text.ts';
import { add, countLine, type Figures, newTotals, type Totals, zero } from './totals.ts';

/** What the first pass learns from the file, before anything is played. */
export interface Survey {
  /** SHA-256 of the content, in hexadecimal: tells one file from another. */
  readonly digest: string;
  /** Milliseconds since 1970, of the first and the last line. */
  readonly firstTime: number;
  readonly lastTime: number;
  readonly products: ReadonlyMap<string, SurveyedProduct>;
  /** Invoices that sell something, by number. */
  readonly invoices: ReadonlyMap<string, SurveyedInvoice>;
  /** What the file says, as far as it is to be played. */
  readonly totals: Totals;
  /** Of the finds: those on invoices that also sell. */
  readonly mixedFinds: Figures;
}

export interface SurveyedProduct {
  readonly name: string;
  /** Units that must be there at the beginning, so that the file in its order never takes more than there is. */
  readonly openingUnits: number;
}

/** An invoice is played at its last line: its lines may be a minute apart, with those of others between them. */
export interface SurveyedInvoice {
  lastLine: number;
  /** Milliseconds since 1970, of the last line. */
  time: number;
  lines: number;
  units: number;
}

/**
 * Reads the whole file once, whatever the scope: how much opening stock is needed must not hang on how far a run goes.
 * @throws {CommandError}
 */
export async function surveyFile(
  path: string,
  scope: Scope,
  onBytes: (bytes: number) => void,
): Promise<Survey> {
  const digest = newDigest();
  const surveyor = new Surveyor(scope);
  for await (const row of readRows(path, { digest, onBytes })) surveyor.take(row);
  return surveyor.result(digest.digest('hex'), path);
}

interface ProductTrack {
  /** Units on hand had there been none at the beginning, and the lowest that this ever was. */
  balance: number;
  lowest: number;
  readonly names: Map<string, number>;
}

class Surveyor {
  readonly #scope: Scope;
  readonly #products = new Map<string, ProductTrack>();
  readonly #invoices = new Map<string, SurveyedInvoice>();
  readonly #totals = newTotals();
  readonly #finds = new Map<string, Figures>();
  #firstTime = Number.NaN;
  #lastTime = Number.NEGATIVE_INFINITY;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  take(row: Row): void {
    if (row.time < this.#lastTime) {
      throw badFile(`line ${row.line}: dated before the line above it`);
    }
    if (Number.isNaN(this.#firstTime)) this.#firstTime = row.time;
    this.#lastTime = row.time;
    const meaning = classify(row);
    if (meaning.kind === 'sale') this.#takeSale(row);
    else if (withinScope(this.#scope, row)) this.#takeLine(row, meaning);
    if (meaning.kind !== 'skip') this.#track(row, meaning);
  }

  result(digest: string, path: string): Survey {
    if (Number.isNaN(this.#firstTime)) throw badFile(`${path}: there are no lines`);
    return {
      digest,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      products: this.#namedProducts(),
      invoices: this.#invoices,
      totals: this.#withSales(),
      mixedFinds: this.#mixedFinds(),
    };
  }

  #takeSale({ invoice, line, time, quantity }: Row): void {
    const known = this.#invoices.get(invoice);
    if (!known) {
      this.#invoices.set(invoice, { lastLine: line, time, lines: 1, units: quantity });
      return;
    }
    known.lastLine = line;
    known.time = time;
    known.lines += 1;
    known.units += quantity;
  }

  #takeLine({ invoice, quantity }: Row, meaning: Meaning): void {
    countLine(this.#totals, meaning, quantity);
    if (meaning.kind !== 'find') return;
    const figures = this.#finds.get(invoice) ?? zero();
    add(figures, 1, quantity);
    this.#finds.set(invoice, figures);
  }

  #track({ code, description, price, quantity }: Row, meaning: Meaning): void {
    const track = this.#productTrack(code);
    track.balance += change(meaning, quantity);
    if (track.balance < track.lowest) track.lowest = track.balance;
    // What is written at no price is a remark ("damaged", "?") more often than a name.
    if (price > 0 && description !== '') countName(track.names, description);
  }

  #productTrack(code: string): ProductTrack {
    const known = this.#products.get(code);
    if (known) return known;
    const track = { balance: 0, lowest: 0, names: new Map<string, number>() };
    this.#products.set(code, track);
    return track;
  }

  #namedProducts(): Map<string, SurveyedProduct> {
    const products = new Map<string, SurveyedProduct>();
    for (const [code, { lowest, names }] of this.#products) {
      const name = plainText(mostFrequent(names) ?? code, NAME_CODE_POINTS_MAX);
      products.set(code, { name, openingUnits: -lowest });
    }
    return products;
  }

  #withSales(): Totals {
    for (const invoice of this.#invoices.values()) {
      if (!withinScope(this.#scope, { line: invoice.lastLine, time: invoice.time })) continue;
      this.#totals.rows += invoice.lines;
      this.#totals.invoices += 1;
      add(this.#totals.booked.sale, invoice.lines, invoice.units);
    }
    return this.#totals;
  }

  #mixedFinds(): Figures {
    const mixed = zero();
    for (const [invoice, { lines, units }] of this.#finds) {
      if (this.#invoices.has(invoice)) add(mixed, lines, units);
    }
    return mixed;
  }
}

/** How the units on hand change; `quantity` is signed as in the file, where what leaves at a sale is positive. */
function change(meaning: Meaning, quantity: number): number {
  return meaning.kind === 'sale' || meaning.kind === 'return' ? -quantity : quantity;
}

function countName(names: Map<string, number>, description: string): void {
  names.set(description, (names.get(description) ?? 0) + 1);
}

/** The first of the most frequent. */
function mostFrequent(names: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let bestCount = 0;
  for (const [name, count] of names) {
    if (count <= bestCount) continue;
    best = name;
    bestCount = count;
  }
  return best;
}
