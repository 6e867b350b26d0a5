import fc from 'fast-check';
import { expect } from 'vitest';
import type { LoggedEvent } from '../../../src/domain/events.ts';
import { evolveReservation } from '../../../src/domain/evolveReservation.ts';
import { Stage } from './stage.ts';
import { reserve, type TestNode } from './testNode.ts';
import type { TestShop } from './testShop.ts';

export const LOCATIONS = ['S', 'T'] as const;
export type Place = (typeof LOCATIONS)[number];

/** One thing that happens somewhere in a chain of a hub and two shops. */
export type Step =
  | { readonly does: 'receive' | 'sell'; readonly at: Place; readonly units: number }
  | {
      readonly does: 'reserve';
      readonly by: Place | 'hub';
      readonly lines: readonly { readonly at: Place; readonly units: number }[];
    }
  | Change
  | { readonly does: 'cut' | 'heal' | 'foul' | 'crash'; readonly at: Place }
  | { readonly does: 'crashHub' }
  | { readonly does: 'wait'; readonly ms: number };

interface Change {
  readonly does: 'confirm' | 'cancel' | 'fulfil' | 'extend';
  /** Where it is asked for; `maker`: at the node that made the reservation. */
  readonly by: Place | 'hub' | 'maker';
  /** How many reservations were made after it. */
  readonly which: number;
}

const at = fc.constantFrom(...LOCATIONS);
const by = fc.constantFrom<Place | 'hub'>('hub', 'hub', ...LOCATIONS);
const units = fc.integer({ min: 1, max: 6 });
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('receive' as const, 'receive' as const, 'sell' as const),
      at,
      units,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('reserve' as const),
      by,
      lines: fc.array(fc.record({ at, units }), { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      does: fc.constantFrom('confirm' as const, 'cancel' as const, 'fulfil' as const, 'extend'),
      by: fc.constantFrom('maker' as const, 'maker' as const, 'hub' as const, ...LOCATIONS),
      which: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('cut' as const, 'heal' as const, 'foul' as const, 'crash' as const),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ does: 'crashHub' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(10, 500, 20_000),
    }),
  },
);

/** A chain, and the goods on its shelves as whoever stands there counts them. */
export class Chain {
  readonly stage: Stage;
  readonly shelves = { S: 0, T: 0 };
  readonly #made: { readonly id: string; readonly by: Place | 'hub' }[] = [];

  static async open(): Promise<Chain> {
    const stage = await Stage.open([...LOCATIONS]);
    for (const location of LOCATIONS) {
      await stage.addShop(`shop-${location}`, location, { hubShare: 0.5, floor: 1 });
    }
    const chain = new Chain(stage);
    for (const location of LOCATIONS) await chain.#move('receive', location, 20);
    return chain;
  }

  constructor(stage: Stage) {
    this.stage = stage;
  }

  async take(step: Step): Promise<void> {
    switch (step.does) {
      case 'receive':
      case 'sell':
        return this.#move(step.does, step.at, step.units);
      case 'reserve':
        return this.#reserve(step);
      case 'confirm':
      case 'cancel':
      case 'fulfil':
      case 'extend':
        return this.#change(step);
      case 'wait':
        return this.stage.pass(step.ms);
      case 'crashHub':
        return this.stage.hub.restart();
      default:
        return this.#befall(step.does, this.#shop(step.at));
    }
  }

  async takeAll(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.take(step);
  }

  /** Heals all lines, and has an operator allow what logs have lost to be put back. */
  async reconcile(): Promise<void> {
    await this.heal();
    for (const { name } of this.stage.shops) await this.stage.hub.reconcile(name);
    await this.heal();
  }

  async heal(): Promise<void> {
    for (const shop of this.stage.shops) {
      shop.wire.weather = { delayMs: [1, 1], loss: 0, doubling: 0 };
      shop.wire.isCut = false;
      shop.wire.sever();
    }
    await this.stage.pass(60_000);
  }

  async #move(type: 'receive' | 'sell', location: Place, quantity: number): Promise<void> {
    const answer = await this.#shop(location).ask({ type, sku: 'tea', location, quantity });
    if (answer === 'ok') this.shelves[location] += type === 'receive' ? quantity : -quantity;
  }

  async #reserve({ by, lines }: Step & { readonly does: 'reserve' }): Promise<void> {
    const id = this.stage.newId();
    this.#made.push({ id, by });
    const wanted = lines.map(({ at, units: quantity }) => {
      return { sku: 'tea', location: by === 'hub' ? at : by, quantity };
    });
    await this.node(by).ask(reserve(id, ...wanted));
  }

  async #change({ does: type, by, which }: Change): Promise<void> {
    const made = this.#made.at(-1 - (which % Math.max(this.#made.length, 1)));
    if (made === undefined) return;
    const { id: reservationId } = made;
    const node = this.node(by === 'maker' ? made.by : by);
    const before = node.disk.tables.reservations.get(reservationId);
    const done = new Map(before?.lines.map((line) => [line.location, line.fulfilled]));
    if (type === 'extend') {
      await node.ask({ type, reservationId, ttlSeconds: 3_600 });
      return;
    }
    const answer = await node.ask({ type, reservationId });
    if (type !== 'fulfil' || answer !== 'fulfilled') return;
    for (const line of node.disk.tables.reservations.get(reservationId)?.lines ?? []) {
      const { location, fulfilled } = line;
      if (location === 'S' || location === 'T') {
        this.shelves[location] -= fulfilled - (done.get(location) ?? 0);
      }
    }
  }

  async #befall(does: 'cut' | 'heal' | 'foul' | 'crash', shop: TestShop): Promise<void> {
    if (does === 'crash') return shop.restart();
    if (does === 'foul') shop.wire.weather = { delayMs: [1, 300], loss: 0.2, doubling: 0.2 };
    else shop.wire.isCut = does === 'cut';
  }

  node(name: Place | 'hub'): TestNode {
    return name === 'hub' ? this.stage.hub : this.#shop(name);
  }

  #shop(location: Place): TestShop {
    const shop = this.stage.shops.find((one) => one.location === location);
    if (!shop) throw new Error(`there is no shop at ${location}`);
    return shop;
  }

  /** Nobody has promised what is not there, whatever has been heard of whom. */
  async nothingIsPromisedTwice(): Promise<void> {
    for (const location of LOCATIONS) {
      const owned = await this.owned(location);
      expect(owned, `at ${location}`).toBeLessThanOrEqual(this.shelves[location]);
    }
  }

  /** Units of all ledgers at a location. */
  async owned(location: Place, mayBeShort?: 'perhaps short'): Promise<number> {
    let sum = 0;
    for (const node of this.stage.nodes) {
      const { available, reserved, committed } = await node.units('tea', location);
      if (mayBeShort === undefined) expect(available).toBeGreaterThanOrEqual(0);
      sum += available + reserved + committed;
    }
    return sum;
  }
}

/** Each end knows what the other owns, and nothing is under way. */
export async function picturesAgree(stage: Stage): Promise<void> {
  for (const shop of stage.shops) {
    expect(shop.isConnected).toBe(true);
    const share = await stage.hub.share(shop.name, 'tea', shop.location);
    expect(share ?? {}).toMatchObject(share ? await shop.units('tea', shop.location) : {});
    expect(share?.granted).toBe(share?.arrived);
    const own = await shop.share('hub', 'tea', shop.location);
    expect(own ?? {}).toMatchObject(own ? await stage.hub.units('tea', shop.location) : {});
    expect(own?.granted).toBe(own?.arrived);
  }
}

/** What each end has of the other's log makes reservations, wherever it was cut into pages. */
export async function mirrorsFold(stage: Stage): Promise<void> {
  for (const node of stage.nodes) {
    const byReservation = new Map<string, LoggedEvent[]>();
    for (const { peer, event, superseded } of node.disk.tables.mirror) {
      if (event.reservationId === null || superseded) continue;
      const key = `${peer} ${event.reservationId}`;
      byReservation.set(key, [...(byReservation.get(key) ?? []), event]);
    }
    for (const [key, events] of byReservation) {
      const read = evolveReservation(undefined, events, 0);
      const [peer, id = ''] = key.split(' ');
      if (node !== stage.hub) continue;
      const truth = stage.shops.find(({ name }) => name === peer)?.disk.tables.reservations.get(id);
      expect(read).toMatchObject({ status: truth?.status, lines: truth?.lines });
    }
  }
}
