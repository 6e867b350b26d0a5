import { hash, randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config.ts';
import type { Command } from '../../src/domain/commands.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import { openLedger } from '../../src/start/ledger.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import { type EnrolledShop, skuAt } from './fleet.ts';

export const HUB = 'hub';
/** A place of the hub's own, which concerns no shop. */
export const WAREHOUSE = 'Warehouse';

const BATCH = 1_000;
const POLICY = { hubShare: 0.5, floor: 0 };
const CATEGORIES = ['kitchen', 'garden', 'books', 'toys'];

/** The database of a hub, seen from beside it. */
export interface HubDatabase {
  readonly url: string;
  /** Bytes of each table and index, those included that are in a log of what was written last. */
  sizes(): Promise<ReadonlyMap<string, number>>;
  /** Runs one statement. @returns how many rows it has changed */
  change(sql: string): Promise<number>;
  /** Processor time of the database's own processes; 0 where it has none. */
  cpuMs(): number;
}

/** Makes databases of one kind. */
export interface HubEngine {
  /** What it is, for whoever reads the figures. */
  readonly name: string;
  /** @param folder for its files, if they are the caller's */
  create(folder: string): Promise<HubDatabase>;
  close(): Promise<void>;
}

/** A hub's database as it is once a chain has been set up: products, places, and a node for each shop. */
export async function prepareHub(
  url: string,
  size: { readonly shops: number; readonly skus: number },
): Promise<readonly EnrolledShop[]> {
  const runtime = createRuntime();
  const config = readConfig({ database: url, node: HUB }, {});
  const storage = await openStorage({ config, machine: runtime });
  const ledger = openLedger(runtime, storage, config);
  const shops = Array.from({ length: size.shops }, (_, i) => shopAt(i));
  const places = [WAREHOUSE, ...shops.map(({ location }) => location)];
  const products = Array.from({ length: size.skus }, (_, i) => putProduct(i));
  try {
    for (const commands of [products, places.map(putLocation), shops.map(addLink)]) {
      for (let start = 0; start < commands.length; start += BATCH) {
        const items = commands.slice(start, start + BATCH).map((command) => ({ command }));
        const answer = await ledger.submit({ actor: 'bench', requestId: 'setup', items });
        const isDone = answer.kind === 'done' && answer.items.every(isAccepted);
        if (!isDone) throw new Error(`the hub could not be set up: ${JSON.stringify(answer)}`);
      }
    }
  } finally {
    await ledger.close();
    await storage.close();
  }
  return shops;
}

function isAccepted({ outcome }: { readonly outcome: { readonly kind: string } }): boolean {
  return outcome.kind !== 'refused';
}

function shopAt(index: number): EnrolledShop {
  const number = String(index + 1).padStart(4, '0');
  const token = randomBytes(24).toString('base64url');
  return { name: `store-${number}`, location: `Store ${number}`, token };
}

function putProduct(index: number): Command {
  const category = CATEGORIES[index % CATEGORIES.length] ?? null;
  const name = `Something nice for the house, number ${index + 1}`;
  return {
    type: 'putProduct',
    sku: skuAt(index),
    content: { name, description: null, category, attributes: { size: 'M' } },
  };
}

function putLocation(location: string): Command {
  const content = { name: location, kind: 'store', attributes: {} } as const;
  return { type: 'putLocation', location, content };
}

function addLink({ name: peer, location, token }: EnrolledShop): LinkCommand {
  const secret = hash('sha256', token);
  const policy = POLICY;
  const link = { peer, peerRole: 'store', self: HUB, location, secret, policy } as const;
  return { type: 'addLink', link };
}

/**
 * Gives every shop a share of every product, as if it had received them long ago. Only the rows that a start and the
 * reads of stock look at, without the entries that made them: nobody verifies these books.
 * @returns how many
 */
export function addShares(database: HubDatabase, skus: number): Promise<number> {
  return database.change(
    `INSERT INTO shares (sku, location, peer, available, reserved, committed, unavailable, version,
      position, time, granted, arrived, request, request_session)
    SELECT sku, location, peer, 20, 0, 0, 0, 1, 0, 0, 0, 0, NULL, 0
    FROM (SELECT sku FROM products ORDER BY sku LIMIT ${skus}) AS sold CROSS JOIN links
    ORDER BY sku, location, peer`,
  );
}
