import path from 'node:path';
import { whole } from '../table.ts';
import { checkBooks } from './books.ts';
import {
  type Cost,
  costOf,
  inSeconds,
  measureIdle,
  percent,
  perEvent,
  type Row,
  row,
  type Tell,
} from './cost.ts';
import type { EnrolledShop, Sales } from './fleet.ts';
import { FleetGroup } from './fleetGroup.ts';
import { BenchHub } from './hub.ts';
import { HUB, type HubDatabase, type HubEngine, prepareHub } from './hubDatabase.ts';
import { type Chain, heardOf, until, untilLinked, untilQuiet } from './waiting.ts';
import { sellOnline } from './webSales.ts';

export interface ChainSize {
  readonly shops: number;
  readonly skus: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Events that a shop writes in a day. */
  readonly dayEvents: number;
}

/** Units of each SKU that a shop has at first: of those that sell best too few for all who come. */
const UNITS = 40;
/** Sales a second of each shop where they come one by one. */
const RATE = 2;
/** Of one shop of each process of shops. */
const CUT_EVERY_MS = 800;

/** A hub and its shops, each on an SQLite file, that sell the same goods at once. */
export async function measureSelling(
  engine: HubEngine,
  folder: string,
  size: ChainSize,
  tell: Tell,
): Promise<void> {
  const database = await engine.create(folder);
  const shops = await prepareHub(database.url, size);
  const chain = {
    hub: await BenchHub.start({ database, folder }),
    fleet: FleetGroup.start(folder),
  };
  const part = new Selling(chain, { folder, database, size, shops });
  try {
    await part.measure(tell);
  } finally {
    await chain.fleet.stop();
    await chain.hub.stop();
  }
}

interface Stage {
  readonly folder: string;
  readonly database: HubDatabase;
  readonly size: ChainSize;
  readonly shops: readonly EnrolledShop[];
}

class Selling {
  readonly #chain: Chain;
  readonly #stage: Stage;
  #delivered = 0;
  #sold = 0;
  #promised = 0;

  constructor(chain: Chain, stage: Stage) {
    this.#chain = chain;
    this.#stage = stage;
  }

  async measure(tell: Tell): Promise<void> {
    const { size, folder, shops, database } = this.#stage;
    tell(await this.#join());
    tell(await this.#deliver(UNITS));
    tell(await measureIdle(this.#chain, size.shops, size.seconds));
    tell(await this.#sellSingly());
    tell(await this.#sellAtOnce());
    // More than a day's sales, so that none of them has to ask for more.
    await this.#deliver(4 * Math.ceil(size.dayEvents / size.skus));
    tell(await this.#catchUp());
    await untilQuiet(this.#chain);
    await this.#chain.fleet.stop();
    await this.#chain.hub.stop();
    const books = [
      { node: HUB, database: database.url },
      ...shops.map(({ name }) => ({
        node: name,
        database: `sqlite:${path.join(folder, `${name}.db`)}`,
      })),
    ];
    const answered = { delivered: this.#delivered, sold: this.#sold, promised: this.#promised };
    tell(await checkBooks(books, answered));
  }

  async #join(): Promise<Row[]> {
    const { hub, fleet } = this.#chain;
    const { shops, folder, size } = this.#stage;
    const startedAt = performance.now();
    await fleet.open(hub.url, folder, shops);
    await untilLinked(this.#chain, shops.length);
    const ms = (await untilQuiet(this.#chain)) - startedAt;
    return [row(`${shops.length} new shops join, with ${size.skus} products`, inSeconds(ms))];
  }

  async #deliver(units: number): Promise<Row[]> {
    const { fleet } = this.#chain;
    const { skus } = this.#stage.size;
    const cost = await costOf(this.#chain, async () => {
      this.#delivered += await fleet.receive(skus, units);
      await untilQuiet(this.#chain);
    });
    return [row('goods come in and are split: hub CPU an event of a shop', perEvent(cost))];
  }

  async #sellSingly(): Promise<Row[]> {
    const { seconds, skus, shops } = this.#stage.size;
    const before = await this.#stage.database.sizes();
    const cost = await costOf(this.#chain, async () => {
      this.#count(await this.#chain.fleet.sell({ seconds, skus, rate: RATE }));
      await untilQuiet(this.#chain);
    });
    const rate = `${whole(RATE * shops)} sales a second, one by one`;
    return [
      row(`${rate}: events of shops`, whole(cost.events)),
      row(`${rate}: hub CPU an event of a shop`, perEvent(cost)),
      row(`${rate}: the hub is busy for`, percent(cost.cpuMs, seconds)),
      row(
        `${rate}: bytes on the line an event`,
        whole(cost.bytes / cost.events),
        'lineBytes',
        cost.bytes / cost.events,
      ),
      ...(await this.#storage(before, cost)),
    ];
  }

  /** What an event of a shop takes in the hub's database. */
  async #storage(before: ReadonlyMap<string, number>, { events }: Cost): Promise<Row[]> {
    const grown = [...(await this.#stage.database.sizes())].map(
      ([name, bytes]) => [name, bytes - (before.get(name) ?? 0)] as const,
    );
    const total = grown.reduce((sum, [, bytes]) => sum + bytes, 0);
    const parts = grown
      .filter(([, bytes]) => bytes / events >= 1)
      .sort(([, one], [, other]) => other - one)
      .map(([name, bytes]) => `${name} ${whole(bytes / events)}`);
    return [
      row(
        'bytes of an event of a shop in the database of the hub',
        whole(total / events),
        'entryBytes',
        total / events,
      ),
      row('of these', parts.join(', ')),
    ];
  }

  /** As fast as they can, online too, while lines are cut. */
  async #sellAtOnce(): Promise<Row[]> {
    const { hub, fleet } = this.#chain;
    const { seconds, skus, shops } = this.#stage.size;
    const locations = this.#stage.shops.map(({ location }) => location);
    let isOver = false;
    let cuts = 0;
    let online = { sold: 0, refused: 0 };
    const cost = await costOf(this.#chain, async () => {
      const web = sellOnline(hub, { skus, locations }, () => isOver);
      const sales = await fleet.sell({ seconds, skus, cutEveryMs: CUT_EVERY_MS });
      isOver = true;
      online = await web;
      this.#count(sales);
      this.#promised += online.sold;
      cuts = sales.cuts;
      await untilLinked(this.#chain, shops);
      await untilQuiet(this.#chain);
    });
    const events = whole(cost.events / seconds);
    return [
      row(`all at once, lines cut ${cuts} times: events of shops a second`, events),
      row('all at once: sold online, refused online', `${online.sold}, ${online.refused}`),
      row('all at once: hub CPU an event of a shop, web sales included', perEvent(cost)),
    ];
  }

  #count({ sold }: Sales): void {
    this.#sold += sold;
  }

  /** A day offline: of one shop while the others wait, and of all others at once. */
  async #catchUp(): Promise<Row[]> {
    const { fleet } = this.#chain;
    const { skus, dayEvents, shops } = this.#stage.size;
    await fleet.cut();
    this.#count(await fleet.write(skus, dayEvents));
    const { heads } = await fleet.state();
    const heardBy = async (count: number) => {
      const startedAt = performance.now();
      await fleet.heal(count);
      await until(`${count} heard`, async () => (await heardOf(this.#chain, heads)) >= count);
      return performance.now() - startedAt;
    };
    const one = await heardBy(1);
    let ms = 0;
    const cost = await costOf(this.#chain, async () => {
      ms = await heardBy(shops);
    });
    const offline = `offline for ${whole(dayEvents)} events`;
    const rest = shops - 1;
    const eventUs = (cost.cpuMs * 1_000) / Math.max(rest * dayEvents, 1);
    return [
      row(`a shop ${offline} is heard to the end after`, inSeconds(one)),
      row(`${rest} shops ${offline} are heard to the end after`, inSeconds(ms)),
      row('the same: hub CPU an event', `${whole(eventUs)} µs`, 'catchUpCpuUs', eventUs),
    ];
  }
}
