import { percentile } from '../statistics.ts';
import { renderTable } from '../table.ts';
import { type Chain, headOf, LOCATION, met, SHOP, startChain, stock, until } from './chain.ts';
import type { Transport } from './way.ts';

const SALES = 300;
const LIVE_EVENTS = 50_000;
const BATCH_COMMANDS = 5_000;
/** What a shop may write in a day. */
const DAY_EVENTS = 10_000;
const UNITS = 1_000_000;
const SKUS = Array.from({ length: 100 }, (_, i) => `SKU-${i + 1}`);
const HOT = 'SKU-1';

/** One line of the result. */
interface Row {
  readonly what: string;
  readonly seen: string;
}

interface Setting {
  readonly folder: string;
  readonly transport: Transport;
  readonly hubShare: number;
}

interface StockView {
  readonly nodes?: readonly {
    readonly node: string;
    readonly asOf: { readonly position: number };
  }[];
}

/**
 * Measures a hub and a shop, each a process of its own on SQLite, over loopback.
 * @param transport what carries the link
 * @returns lines to print
 */
export async function runNodes(folder: string, transport: Transport): Promise<string[]> {
  const borrowing = await measured({ folder, transport, hubShare: 0 }, measureBorrowing);
  const line = await measured({ folder, transport, hubShare: 0.5 }, measureLine);
  const columns = [
    { heading: 'measured', cell: ({ what }: Row) => what, isText: true },
    { heading: 'seen', cell: ({ seen }: Row) => seen },
  ];
  return renderTable(columns, [...borrowing, ...line]);
}

async function measured(
  { folder, transport, hubShare }: Setting,
  measure: (chain: Chain) => Promise<Row[]>,
): Promise<Row[]> {
  const chain = await startChain(folder, hubShare, transport);
  try {
    await stock(chain, SKUS, UNITS);
    await met(chain);
    return await measure(chain);
  } finally {
    await chain.close();
  }
}

/** The hub owns nothing, so each of its reservations has to borrow. */
async function measureBorrowing(chain: Chain): Promise<Row[]> {
  const borrowed = await times(SALES, () => reserve(chain, HOT));
  // More than the hub needs for the others.
  await reserve(chain, 'SKU-2', SALES * 2).then(({ id }) =>
    chain.hub.ask('POST', `/v1/reservations/${id}/cancel`),
  );
  const own = await times(SALES, () => reserve(chain, 'SKU-2'));
  return [
    { what: 'a reservation of units that have to be borrowed', seen: spread(borrowed) },
    { what: 'the same of units that the hub owns', seen: spread(own) },
  ];
}

function reserve({ hub }: Chain, sku: string, quantity = 1): Promise<{ readonly id: string }> {
  const lines = [{ sku, location: LOCATION, quantity }];
  return hub.ask('POST', '/v1/reservations', { lines, ttlSeconds: 3_600 });
}

async function measureLine(chain: Chain): Promise<Row[]> {
  const bytes = chain.line.bytes;
  const visible = await times(SALES, () => sellAndSee(chain));
  const bytesSingly = chain.line.bytes - bytes;
  const live = await measureLive(chain);
  return [
    { what: 'a sale in the shop, from its request until the hub shows it', seen: spread(visible) },
    { what: 'bytes an entry, each sale on its own, both ways', seen: ratio(bytesSingly, SALES) },
    ...live,
    ...(await measureCatchUp(chain, DAY_EVENTS)),
    ...(await measureCatchUp(chain, 10 * DAY_EVENTS)),
  ];
}

async function sellAndSee({ hub, shop }: Chain): Promise<void> {
  const sale = { type: 'sell', sku: HOT, location: LOCATION, quantity: 1 };
  const { position } = await shop.ask<{ readonly position: number }>('POST', '/v1/movements', sale);
  const route = `/v1/stock/${HOT}/${encodeURIComponent(LOCATION)}`;
  await until(async () => {
    const { nodes = [] } = await hub.ask<StockView>('GET', route);
    return nodes.some(({ node, asOf }) => node === SHOP && asOf.position >= position);
  });
}

/** The shop writes as fast as it can while the hub listens. */
async function measureLive(chain: Chain): Promise<Row[]> {
  const bytes = chain.line.bytes;
  const startedAt = performance.now();
  await write(chain, LIVE_EVENTS);
  await met(chain);
  const seconds = (performance.now() - startedAt) / 1_000;
  return [
    { what: 'entries a second, while the shop writes them', seen: rate(LIVE_EVENTS, seconds) },
    {
      what: 'bytes an entry, many at once, both ways',
      seen: ratio(chain.line.bytes - bytes, LIVE_EVENTS),
    },
  ];
}

async function measureCatchUp(chain: Chain, events: number): Promise<Row[]> {
  chain.line.cut();
  await write(chain, events);
  const head = await headOf(chain.shop);
  const bytes = chain.line.bytes;
  const startedAt = performance.now();
  chain.line.heal();
  await met(chain);
  const seconds = (performance.now() - startedAt) / 1_000;
  const of = `${events.toLocaleString('en')} entries written offline (log of ${head.toLocaleString('en')})`;
  return [
    {
      what: `catching up with ${of}, the call to the hub included`,
      seen: `${seconds.toFixed(2)} s`,
    },
    { what: 'bytes an entry of them', seen: ratio(chain.line.bytes - bytes, events) },
  ];
}

async function write({ shop }: Chain, events: number): Promise<void> {
  for (let done = 0; done < events; done += BATCH_COMMANDS) {
    const commands = Array.from({ length: Math.min(BATCH_COMMANDS, events - done) }, (_, i) => ({
      type: 'sell',
      sku: SKUS[i % SKUS.length],
      location: LOCATION,
      quantity: 1,
    }));
    await shop.ask('POST', '/v1/batch', { commands });
  }
}

/** @returns how long each took, in milliseconds, sorted */
async function times(count: number, action: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await action();
    taken.push(performance.now() - startedAt);
  }
  return taken.sort((one, other) => one - other);
}

function spread(sorted: readonly number[]): string {
  const at = (fraction: number) => percentile(sorted, fraction).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

function rate(count: number, seconds: number): string {
  return `${Math.round(count / seconds).toLocaleString('en')}/s`;
}

function ratio(amount: number, count: number): string {
  return (amount / count).toFixed(0);
}
