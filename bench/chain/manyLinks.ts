import { decimals, whole } from '../table.ts';
import {
  costOf,
  inSeconds,
  measureIdle,
  memoryOf,
  percent,
  perEvent,
  type Row,
  row,
  type Tell,
} from './cost.ts';
import { skuAt } from './fleet.ts';
import { FleetGroup } from './fleetGroup.ts';
import { BenchHub, type HubStart } from './hub.ts';
import {
  addShares,
  type HubDatabase,
  type HubEngine,
  prepareHub,
  WAREHOUSE,
} from './hubDatabase.ts';
import { type Chain, until, untilLinked } from './waiting.ts';

export interface ManyLinksSize {
  readonly links: number;
  readonly skus: number;
  readonly seconds: number;
}

/** Events of the hub's own, and reads. */
const OWN_EVENTS = 2_000;
const READS = 300;
/** Entries a second: of all links together, or of one. */
const TOTAL_RATE = 500;

/** A hub with as many shops as a large chain has; each speaks the protocol and has no ledger. */
export async function measureManyLinks(
  engine: HubEngine,
  folder: string,
  size: ManyLinksSize,
  tell: Tell,
): Promise<void> {
  const database = await engine.create(folder);
  const shops = await prepareHub(database.url, { ...size, shops: size.links });
  tell(await sharesOf(size, database));
  const hub = await BenchHub.start({ database, folder });
  const chain = { hub, fleet: FleetGroup.start(folder) };
  try {
    tell(await join(chain, size, () => chain.fleet.openLight(hub.url, shops)));
    tell(await measureIdle(chain, size.links, size.seconds));
    tell(await measureOwn(chain, size));
    tell(await measureEntries(chain, size));
    tell(await measureReads(chain, size));
    await hub.stop();
    tell(await measureStart(chain.fleet, size, { database, folder, port: hub.port }));
  } finally {
    await chain.fleet.stop();
    await hub.stop();
  }
}

async function sharesOf({ links, skus }: ManyLinksSize, database: HubDatabase): Promise<Row[]> {
  const bytesOf = async () =>
    [...(await database.sizes())]
      .filter(([name]) => name.startsWith('shares'))
      .reduce((sum, [, bytes]) => sum + bytes, 0);
  const before = await bytesOf();
  const shares = await addShares(database, skus);
  const each = ((await bytesOf()) - before) / shares;
  return [
    row(`${links} links: shares at the hub`, whole(shares)),
    row('bytes of a share, with its indexes', whole(each), 'shareBytes', each),
  ];
}

/** All shops call all the time. */
async function measureStart(
  fleet: FleetGroup,
  { links }: ManyLinksSize,
  start: HubStart,
): Promise<Row[]> {
  const startedAt = performance.now();
  const hub = await BenchHub.start(start);
  const readyMs = performance.now() - startedAt;
  const { cpuMs: ownCpuMs } = await hub.figures();
  try {
    await untilLinked({ fleet }, links);
    const linkedMs = performance.now() - startedAt;
    const { cpuMs } = await hub.figures();
    const memory = await memoryOf(hub);
    return [
      row(`start of a hub with ${links} shops: it listens after`, inSeconds(readyMs)),
      row('the same: all shops are in session after', inSeconds(linkedMs)),
      row(
        'the same: processor time by then',
        inSeconds(cpuMs),
        'linkCpuMs',
        (cpuMs - ownCpuMs) / links,
      ),
      row('the same: resident memory, and what JavaScript has in use', memory),
    ];
  } finally {
    await hub.stop();
  }
}

/** All of them call a hub that they never heard of, and are told the whole catalogue. */
async function join(
  chain: Chain,
  { links }: ManyLinksSize,
  open: () => Promise<void>,
): Promise<Row[]> {
  let entries = 0;
  const cost = await costOf(chain, async () => {
    await open();
    await untilLinked(chain, links);
    const head = await headOf(chain);
    entries = links * head;
    await untilTold(chain, links, head);
  });
  const entryUs = (cost.cpuMs * 1_000) / entries;
  return [
    row(
      `${links} new shops join: each is told all of the catalogue after`,
      inSeconds(cost.seconds * 1_000),
    ),
    row('the same: entries that were sent', whole(entries)),
    row('the same: hub CPU an entry', `${whole(entryUs)} µs`, 'toldCpuUs', entryUs),
  ];
}

async function headOf({ hub }: Chain): Promise<number> {
  const { data } = await hub.ask<{
    data: readonly { readonly acknowledged: { readonly head: number } }[];
  }>('GET', '/v1/nodes?limit=1');
  return data[0]?.acknowledged.head ?? 0;
}

/** @returns how long it took, in milliseconds */
function untilTold({ fleet }: Chain, links: number, position: number): Promise<number> {
  const sum = links * position;
  return until(`all know ${position}`, async () => (await fleet.state()).received >= sum);
}

/** What the hub writes by itself: elsewhere, and for all shops. */
async function measureOwn(chain: Chain, { links, skus }: ManyLinksSize): Promise<Row[]> {
  const { hub } = chain;
  const receive = (i: number) =>
    hub.ask('POST', '/v1/movements', {
      type: 'receive',
      sku: skuAt(i % skus),
      location: WAREHOUSE,
      quantity: 1,
    });
  for (let i = 0; i < OWN_EVENTS / 4; i++) await receive(i);
  const elsewhere = await costOf(chain, async () => {
    for (let i = 0; i < OWN_EVENTS; i++) await receive(i);
  });
  let toldMs = 0;
  const told = await costOf(chain, async () => {
    await hub.ask('PUT', `/v1/products/${skuAt(0)}`, { name: 'Something else' });
    toldMs = await untilTold(chain, links, await headOf(chain));
  });
  return [
    row(
      `${links} links: hub CPU an event of its own that concerns no shop, its request included`,
      `${whole((elsewhere.cpuMs * 1_000) / OWN_EVENTS)} µs`,
    ),
    row(`${links} links: a product is changed: every shop knows after`, inSeconds(toldMs)),
    row('the same: hub CPU', `${whole(told.cpuMs)} ms`),
  ];
}

/** Entries of shops, one in a message: of one link among many, and of all. */
async function measureEntries(chain: Chain, { links, seconds }: ManyLinksSize): Promise<Row[]> {
  const rows: Row[] = [];
  const busy = [
    { shops: 1, rate: TOTAL_RATE },
    { shops: links, rate: (4 * TOTAL_RATE) / links },
    // The last: what is worked out from it is at a rate like this.
    { shops: links, rate: TOTAL_RATE / links },
  ];
  // What is compiled only now is no cost of an entry.
  await chain.fleet.sellLightly(1, TOTAL_RATE, 1);
  for (const { shops, rate } of busy) {
    let latency = '';
    const cost = await costOf(chain, async () => {
      const { p50Ms, p99Ms } = await chain.fleet.sellLightly(shops, rate, seconds);
      latency = `p50 ${decimals(p50Ms, 1)} ms, p99 ${decimals(p99Ms, 1)} ms`;
    });
    const who = `${links} links, ${shops} of them busy, ${whole(shops * rate)} entries a second`;
    rows.push(
      row(
        `${who}: hub CPU an entry`,
        perEvent(cost),
        shops === links ? 'entryCpuUs' : undefined,
        (cost.cpuMs * 1_000) / cost.events,
      ),
      row(`${who}: the hub is busy for`, percent(cost.cpuMs, cost.seconds)),
      row(`${who}: acknowledged after`, latency),
      row(`${who}: bytes on the line an entry`, whole(cost.bytes / cost.events)),
      row(`${who}: entries in a commit`, decimals(cost.events / cost.commits, 1)),
    );
  }
  return rows;
}

async function measureReads({ hub }: Chain, { links }: ManyLinksSize): Promise<Row[]> {
  const timed = async (route: (i: number) => string, count: number) => {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      const { status, text } = await hub.try('GET', route(i));
      if (status !== 200) throw new Error(`${route(i)}: ${status} ${text}`);
    }
    return `${decimals((performance.now() - startedAt) / count, 2)} ms`;
  };
  const sku = (i: number) => skuAt(i % 50);
  return [
    row(
      `${links} links: stock of one product in one shop`,
      await timed((i) => `/v1/stock/${sku(i)}/Store%200001`, READS),
    ),
    row(
      `${links} links: availability of one product in all shops`,
      await timed((i) => `/v1/availability?sku=${sku(i)}`, READS / 10),
    ),
    row(`${links} links: the state of one node`, await timed(() => '/v1/nodes/store-0001', READS)),
    row(`${links} links: metrics`, await timed(() => '/metrics', READS / 10)),
  ];
}
