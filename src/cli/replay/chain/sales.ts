import { identifierProblem } from '../../../domain/identifiers.ts';
import { QUANTITY_MAX } from '../../../domain/limits.ts';
import { quoted } from '../../inputFile.ts';
import { badFile, type CsvRecord, readRecords } from '../records.ts';
import { add, type Figures, zero } from '../totals.ts';
import type { GroceryProduct } from './products.ts';

/** What one customer bought at one moment in one shop. */
export interface Basket {
  readonly id: string;
  readonly shop: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Units by product id; lines of the file that name the same product are added up. */
  readonly units: Map<string, number>;
}

/** What a file of transactions holds. */
export interface Sales {
  /** By time, those of one moment by id. */
  readonly baskets: readonly Basket[];
  readonly lines: number;
  /** Those that the file names, whether anything is sold there by the piece or not. */
  readonly stores: ReadonlySet<string>;
  /** Lines that are left out, by reason. */
  readonly skipped: ReadonlyMap<string, Figures>;
}

const COLUMNS = [
  'store_id',
  'basket_id',
  'product_id',
  'quantity',
  'transaction_timestamp',
] as const;
type Transaction = CsvRecord<(typeof COLUMNS)[number]>;

/** Reads the whole file; it need not be in order. @throws {CommandError} naming the line */
export async function readSales(
  path: string,
  products: ReadonlyMap<string, GroceryProduct>,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Sales> {
  const baskets = new Map<string, Basket>();
  const skipped = new Map<string, Figures>();
  const stores = new Set<string>();
  let lines = 0;
  for await (const record of readRecords(path, COLUMNS, { onBytes })) {
    lines += 1;
    stores.add(record.field('store_id'));
    const quantity = quantityOf(record);
    const reason = reasonToSkip(quantity, products.get(record.field('product_id')));
    if (reason === null) addLine(baskets, record, quantity);
    else countSkipped(skipped, reason, quantity);
  }
  return { baskets: [...baskets.values()].sort(compareBaskets), lines, stores, skipped };
}

/** Null for what is sold by the piece. */
function reasonToSkip(quantity: number, product: GroceryProduct | undefined): string | null {
  if (product === undefined) return 'product that the product file lacks';
  if (product.isFuel) return 'fuel, which is not sold by the piece';
  return quantity === 0 ? 'no quantity' : null;
}

function countSkipped(skipped: Map<string, Figures>, reason: string, quantity: number): void {
  const figures = skipped.get(reason) ?? zero();
  add(figures, 1, quantity);
  skipped.set(reason, figures);
}

function addLine(baskets: Map<string, Basket>, record: Transaction, quantity: number): void {
  const id = record.field('basket_id');
  const shop = record.field('store_id');
  const time = timeOf(record);
  const known = baskets.get(id);
  if (known && (known.shop !== shop || known.time !== time)) {
    throw badFile(
      `line ${record.line}: basket ${quoted(id)} is of another store or time than its lines above`,
    );
  }
  const basket = known ?? { id, shop: identifierOf(record, 'store_id'), time, units: new Map() };
  const sku = identifierOf(record, 'product_id');
  basket.units.set(sku, (basket.units.get(sku) ?? 0) + quantity);
  baskets.set(id, basket);
}

function identifierOf({ line, field }: Transaction, column: 'store_id' | 'product_id'): string {
  const text = field(column);
  const problem = identifierProblem(text);
  if (problem === null) return text;
  throw badFile(`line ${line}: ${column} ${quoted(text)} ${problem}`);
}

function quantityOf({ line, field }: Transaction): number {
  const text = field('quantity');
  if (/^\d{1,10}$/.test(text) && Number(text) <= QUANTITY_MAX) return Number(text);
  throw badFile(
    `line ${line}: quantity ${quoted(text)} is not a whole number up to ${QUANTITY_MAX}`,
  );
}

const TIME_FORMAT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function timeOf({ line, field }: Transaction): number {
  const text = field('transaction_timestamp');
  const time = TIME_FORMAT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw badFile(
    `line ${line}: transaction_timestamp ${quoted(text)} is not a YYYY-MM-DDTHH:MM:SSZ`,
  );
}

function compareBaskets(a: Basket, b: Basket): number {
  return a.time - b.time || (a.id < b.id ? -1 : 1);
}

/** The shops with the most lines that are sold, the busiest first. */
export function busiestShops({ baskets }: Sales, count: number): readonly string[] {
  const lines = new Map<string, number>();
  for (const { shop, units } of baskets) lines.set(shop, (lines.get(shop) ?? 0) + units.size);
  return [...lines]
    .sort(([shop, some], [other, more]) => more - some || (shop < other ? -1 : 1))
    .slice(0, count)
    .map(([shop]) => shop);
}
