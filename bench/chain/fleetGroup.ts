import type { Acknowledged, EnrolledShop, FleetState, Sales, SellingPlan } from './fleet.ts';
import { FleetProcess } from './fleetProcess.ts';

/**
 * Shops with ledgers commit on their thread: with fifty of them on one, each would stand still for as long as the others
 * take, which no shop of its own machine does.
 */
const PROCESSES = 4;

/** The processes that have the shops, as one. */
export class FleetGroup {
  readonly #processes: readonly FleetProcess[];
  /** Shops with ledgers, in each of them. */
  #sizes: readonly number[] = [];

  private constructor(processes: readonly FleetProcess[]) {
    this.#processes = processes;
  }

  /** @param folder where their output goes to */
  static start(folder: string): FleetGroup {
    const start = (_: unknown, i: number) => FleetProcess.start(folder, `fleet-${i + 1}`);
    return new FleetGroup(Array.from({ length: PROCESSES }, start));
  }

  async open(hub: string, folder: string, shops: readonly EnrolledShop[]): Promise<void> {
    const each = Math.ceil(shops.length / PROCESSES);
    const parts = this.#processes.map((_, i) => shops.slice(i * each, (i + 1) * each));
    this.#sizes = parts.map(({ length }) => length);
    await this.#all((process, i) => process.ask('open', hub, folder, parts[i] ?? []));
  }

  /** All of them are in the first process: they do so little. */
  async openLight(hub: string, shops: readonly EnrolledShop[]): Promise<void> {
    await this.#first.ask('openLight', hub, shops);
  }

  async state(): Promise<FleetState> {
    const states = await this.#all((process) => process.ask('state'));
    const heads: Record<string, number> = Object.assign({}, ...states.map((state) => state.heads));
    return {
      heads,
      linked: sum(states, ({ linked }) => linked),
      received: sum(states, ({ received }) => received),
      bytes: sum(states, ({ bytes }) => bytes),
    };
  }

  async receive(skus: number, units: number): Promise<number> {
    const received = await this.#all((process) => process.ask('receive', skus, units));
    return sum(received, (units) => units);
  }

  async sell(plan: SellingPlan): Promise<Sales> {
    return summed(await this.#all((process) => process.ask('sell', plan)));
  }

  async write(skus: number, events: number): Promise<Sales> {
    return summed(await this.#all((process) => process.ask('write', skus, events)));
  }

  sellLightly(shops: number, rate: number, seconds: number): Promise<Acknowledged> {
    return this.#first.ask('sellLightly', shops, rate, seconds);
  }

  async cut(): Promise<void> {
    await this.#all((process) => process.ask('cut'));
  }

  /** Of the first `shops`. */
  async heal(shops: number): Promise<void> {
    let left = shops;
    for (const [i, process] of this.#processes.entries()) {
      const count = Math.min(left, this.#sizes[i] ?? 0);
      left -= count;
      await process.ask('heal', count);
    }
  }

  async stop(): Promise<void> {
    await this.#all((process) => process.stop());
  }

  get #first(): FleetProcess {
    const [first] = this.#processes;
    if (first === undefined) throw new Error('a group has a process');
    return first;
  }

  #all<T>(work: (process: FleetProcess, index: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#processes.map(work));
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function summed(all: readonly Sales[]): Sales {
  return {
    sold: sum(all, ({ sold }) => sold),
    refused: sum(all, ({ refused }) => refused),
    cuts: sum(all, ({ cuts }) => cuts),
  };
}
