import { createRuntime } from '../../src/start/runtime.ts';
import { Relay } from '../nodes/relay.ts';
import { percentile } from '../statistics.ts';
import type { EnrolledShop, Fleet, Order, Reply, Sales, SellingPlan } from './fleet.ts';
import { LightShop } from './lightShop.ts';
import { RealShop } from './realShop.ts';
import { sellOverTheCounter } from './sellOverTheCounter.ts';

const runtime = createRuntime();

/** The shops of this process. */
class Shops implements Fleet {
  #real: RealShop[] = [];
  #light: LightShop[] = [];
  /** All light shops have one line. */
  #line: Relay | undefined;

  async open(hub: string, folder: string, shops: readonly EnrolledShop[]): Promise<void> {
    for (const shop of shops) {
      const line = await Relay.open(new URL(hub));
      this.#real.push(await RealShop.open({ runtime, folder, line, shop }));
    }
  }

  async openLight(hub: string, shops: readonly EnrolledShop[]): Promise<void> {
    const line = await Relay.open(new URL(hub));
    this.#line = line;
    this.#light = shops.map((shop) => new LightShop(runtime, line.url, shop));
  }

  async state() {
    const heads: Record<string, number> = {};
    let received = 0;
    for (const shop of [...this.#real, ...this.#light]) {
      heads[shop.name] = await shop.head();
      received += await shop.received();
    }
    const shops = [...this.#real, ...this.#light];
    const linked = shops.filter((shop) => shop.isLinked).length;
    const lines = this.#real.map(({ line }) => line.bytes);
    const bytes = lines.reduce((sum, each) => sum + each, this.#line?.bytes ?? 0);
    return { linked, heads, received, bytes };
  }

  async receive(skus: number, units: number): Promise<number> {
    for (const shop of this.#real) await shop.receive(skus, units);
    return this.#real.length * skus * units;
  }

  sell(plan: SellingPlan): Promise<Sales> {
    return sellOverTheCounter(this.#real, plan);
  }

  async write(skus: number, events: number): Promise<Sales> {
    let sold = 0;
    let refused = 0;
    for (const shop of this.#real) {
      const written = await shop.write(skus, events);
      sold += written.sold;
      refused += written.refused;
    }
    return { sold, refused, cuts: 0 };
  }

  async sellLightly(shops: number, rate: number, seconds: number) {
    const taken = this.#light.slice(0, shops).map((shop) => shop.sell(rate, seconds));
    const sorted = (await Promise.all(taken)).flat().sort((one, other) => one - other);
    return {
      entries: sorted.length,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
    };
  }

  async cut(): Promise<void> {
    for (const { line } of this.#real) line.cut();
  }

  async heal(shops: number): Promise<void> {
    for (const { line } of this.#real.slice(0, shops)) line.heal();
  }

  async close(): Promise<void> {
    for (const shop of this.#light) shop.close();
    await Promise.all(this.#real.map((shop) => shop.close()));
    this.#line?.close();
    this.#real = [];
    this.#light = [];
  }
}

const fleet = new Shops();

function obey(order: Order): Promise<unknown> {
  switch (order.name) {
    case 'open':
      return fleet.open(...order.args);
    case 'openLight':
      return fleet.openLight(...order.args);
    case 'state':
      return fleet.state();
    case 'receive':
      return fleet.receive(...order.args);
    case 'sell':
      return fleet.sell(...order.args);
    case 'write':
      return fleet.write(...order.args);
    case 'sellLightly':
      return fleet.sellLightly(...order.args);
    case 'cut':
      return fleet.cut();
    case 'heal':
      return fleet.heal(...order.args);
    case 'close':
      return fleet.close();
  }
}

async function replyTo(order: Order): Promise<Reply> {
  try {
    return { result: await obey(order), fault: null };
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { result: null, fault };
  }
}

process.on('message', async (order: Order) => {
  process.send?.(await replyTo(order));
});
// Also when the bench itself was killed: nobody else would end this process.
process.once('disconnect', () => process.exit());
