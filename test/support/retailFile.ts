import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Line of a file in the form of the Online Retail data set. */
export interface RetailLine {
  readonly invoice: string;
  readonly code: string;
  readonly quantity: number;
  /** `YYYY-MM-DD HH:MM`. */
  readonly date: string;
  readonly price?: number;
  readonly description?: string;
}

const HEADING =
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';

export function retailCsv(lines: readonly RetailLine[]): string {
  return HEADING + lines.map(csvLine).join('');
}

function csvLine(line: RetailLine): string {
  const { invoice, code, quantity, date, price = 1.25, description = `THING ${code}` } = line;
  const quoted = `"${description.replaceAll('"', '""')}"`;
  return `${invoice},${code},${quoted},${quantity},${date}:00,${price},17850.0,United Kingdom\n`;
}

/** Writes a gzipped file into a folder of its own. */
export function writeRetailFile(csv: string): { readonly file: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-retail-'));
  const file = path.join(folder, 'retail.csv.gz');
  writeFileSync(file, gzipSync(csv));
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Everything that the real file does to a reader, in little. */
export const TRAPS: readonly RetailLine[] = [
  // Comes back before it is ever sold: needs no stock, but must be booked.
  { invoice: 'C500', code: '30001', quantity: -3, date: '2010-12-01 08:00' },
  // Two lines alike, and a third for the same code: one line of the reservation, 12 units.
  { invoice: '501', code: '10001A', quantity: 5, date: '2010-12-01 08:26' },
  { invoice: '501', code: '10001A', quantity: 5, date: '2010-12-01 08:26' },
  { invoice: '501', code: '10001A', quantity: 2, date: '2010-12-01 08:26', price: 0.85 },
  // The same code in other letters is another product.
  { invoice: '501', code: '10001a', quantity: 4, date: '2010-12-01 08:26' },
  { invoice: '501', code: 'POST', quantity: 1, date: '2010-12-01 08:26', description: 'POSTAGE' },
  // An invoice goes on a minute later, with another one between its lines.
  { invoice: '502', code: '20002', quantity: 7, date: '2010-12-01 09:00' },
  { invoice: '503', code: '20002', quantity: 1, date: '2010-12-01 09:00' },
  { invoice: '502', code: '30001', quantity: 2, date: '2010-12-01 09:01' },
  // No products: a code with a blank, a lower-case letter, a correction of money.
  { invoice: '504', code: 'BANK CHARGES', quantity: 1, date: '2010-12-01 09:05' },
  { invoice: '504', code: 'm', quantity: 1, date: '2010-12-01 09:05' },
  { invoice: 'A505', code: 'B', quantity: 1, date: '2010-12-01 09:06', price: -11.5 },
  // Written off without a word, and with words that a spreadsheet would split.
  {
    invoice: '506',
    code: '20002',
    quantity: -6,
    date: '2010-12-02 10:00',
    price: 0,
    description: '',
  },
  {
    invoice: '507',
    code: '10001A',
    quantity: -1,
    date: '2010-12-02 10:00',
    price: 0,
    description: 'wet, "damaged"',
  },
  // Found; and an invoice that sells and finds.
  {
    invoice: '508',
    code: '40004',
    quantity: 9,
    date: '2010-12-02 11:00',
    price: 0,
    description: 'found',
  },
  { invoice: '509', code: '40004', quantity: 4, date: '2010-12-02 12:00' },
  { invoice: '509', code: '20002', quantity: 2, date: '2010-12-02 12:00', price: 0 },
  // A large order, taken back twelve minutes later.
  { invoice: '510', code: '20002', quantity: 74_215, date: '2010-12-03 10:01' },
  { invoice: 'C511', code: '20002', quantity: -74_215, date: '2010-12-03 10:13' },
  { invoice: 'C511', code: 'D', quantity: -1, date: '2010-12-03 10:13' },
  { invoice: '512', code: '20002', quantity: 3, date: '2010-12-03 10:20' },
];
