import { QUANTITY_MAX } from '../../domain/limits.ts';
import { levelKey, onHand } from '../../domain/stock.ts';
import type { LevelRow } from '../../ledger/books.ts';
import type { QueryStore } from '../../queries/store.ts';
import { quoted } from '../inputFile.ts';
import {
  type Comparison,
  type Fields,
  type ImportKind,
  identifierField,
  LineFault,
  SAME,
} from './kind.ts';

interface Line {
  readonly sku: string;
  readonly location: string;
  readonly onHand: number;
}

/** Counts are absolute, so a file that was taken in half way and is taken in again counts nothing twice. */
export const STOCK: ImportKind = {
  name: 'stock',
  columns: [
    { name: 'sku', required: true },
    { name: 'location', required: true },
    { name: 'onHand', required: true, alias: 'quantity' },
  ],
  read(fields) {
    const line: Line = {
      sku: identifierField(fields, 'sku'),
      location: identifierField(fields, 'location'),
      onHand: countField(fields),
    };
    return {
      key: levelKey(line.sku, line.location),
      compare: (queries) => compare(line, queries),
    };
  },
};

function countField(fields: Fields): number {
  const text = fields.get('onHand') ?? '';
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= QUANTITY_MAX) return count;
  throw new LineFault(
    `onHand must be a whole number from 0 to ${QUANTITY_MAX}; it is ${quoted(text)}`,
  );
}

async function compare(line: Line, queries: QueryStore): Promise<Comparison> {
  const { sku, location } = line;
  const [level, product, place] = await Promise.all([
    queries.level(sku, location),
    queries.product(sku),
    queries.location(location),
  ]);
  const fault = catalogueFault(line, product !== undefined, place !== undefined);
  if (fault !== null) return { kind: 'fault', fault };
  return compareLevel(line, level);
}

function catalogueFault({ sku, location }: Line, product: boolean, place: boolean): string | null {
  if (!product) return `the product ${quoted(sku)} is not in the catalogue; import products first`;
  if (!place) {
    return `the location ${quoted(location)} is not in the catalogue; import locations first`;
  }
  return null;
}

function compareLevel(line: Line, level: LevelRow | undefined): Comparison {
  const { sku, location, onHand: counted } = line;
  if (level !== undefined && onHand(level) === counted) return SAME;
  const promised = level === undefined ? 0 : level.reserved + level.committed + level.unavailable;
  if (counted < promised) {
    const fault = `onHand is ${counted}, but ${promised} units are reserved, committed or unavailable`;
    return { kind: 'fault', fault };
  }
  const command = { type: 'count', sku, location, quantity: counted, reason: 'import' } as const;
  const before = level === undefined ? 'none' : onHand(level);
  return {
    kind: 'differs',
    command,
    summary: `stock ${sku} at ${location}: ${before} -> ${counted}`,
  };
}
