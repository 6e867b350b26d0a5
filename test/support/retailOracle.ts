import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

interface OrderLine {
  readonly InvoiceNo: string;
  readonly StockCode: string;
  readonly Quantity: string;
  readonly InvoiceDate: string;
  readonly UnitPrice: string;
}

/** What the Online Retail file says, worked out in a way of its own: all at once and in memory. */
export class RetailOracle {
  readonly #lines: readonly OrderLine[];
  readonly #lastDates = new Map<string, string>();

  constructor(file: string) {
    const lines: OrderLine[] = parse(gunzipSync(readFileSync(file)), { columns: true });
    this.#lines = lines.filter(({ StockCode }) => /^\d{5}[A-Za-z]{0,2}$/.test(StockCode));
    for (const line of this.#lines) {
      if (isSale(line)) this.#lastDates.set(line.InvoiceNo, line.InvoiceDate);
    }
  }

  /** Units by code as of a moment (`YYYY-MM-DD HH:MM:SS`), when the least stock was there at first that suffices. */
  stockAt(moment: string): Map<string, number> {
    const stock = this.#openingStock();
    for (const line of this.#lines) {
      const date = isSale(line) ? this.#lastDates.get(line.InvoiceNo) : line.InvoiceDate;
      if (date !== undefined && date <= moment) add(stock, line.StockCode, changeBy(line));
    }
    return stock;
  }

  /** Units sold by invoices that were complete before a date. */
  soldBefore(moment: string): number {
    let units = 0;
    for (const line of this.#lines) {
      const isBefore = (this.#lastDates.get(line.InvoiceNo) ?? moment) < moment;
      if (isSale(line) && isBefore) units += Number(line.Quantity);
    }
    return units;
  }

  #openingStock(): Map<string, number> {
    const running = new Map<string, number>();
    const opening = new Map<string, number>();
    for (const line of this.#lines) {
      const left = add(running, line.StockCode, changeBy(line));
      opening.set(line.StockCode, Math.max(opening.get(line.StockCode) ?? 0, -left));
    }
    return opening;
  }
}

function isSale({ InvoiceNo, Quantity, UnitPrice }: OrderLine): boolean {
  return !InvoiceNo.startsWith('C') && Number(Quantity) > 0 && Number(UnitPrice) > 0;
}

/** A return is a negative sale; what has no price was found or written off. */
function changeBy(line: OrderLine): number {
  const quantity = Number(line.Quantity);
  return isSale(line) || line.InvoiceNo.startsWith('C') ? -quantity : quantity;
}

function add(units: Map<string, number>, code: string, change: number): number {
  const sum = (units.get(code) ?? 0) + change;
  units.set(code, sum);
  return sum;
}
