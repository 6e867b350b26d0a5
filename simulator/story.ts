import type { Command } from '../src/domain/commands.ts';
import { checkBooks, comeToRest } from './checks/rest.ts';
import { checkSettled } from './checks/transfers.ts';
import type { RunParts } from './runParts.ts';
import { editCatalogue } from './world/catalogue.ts';
import type { Faults } from './world/faults.ts';
import { changePolicy, enrol } from './world/operators.ts';
import { orderInShop, orderOnline, sellOut } from './world/orders.ts';
import { CATEGORIES } from './world/policies.ts';
import { CALM } from './world/profile.ts';
import { count, HAPPENINGS } from './world/shopLife.ts';
import { sendGoods, settleTransfers } from './world/transfers.ts';
import { type Shop, WAREHOUSE, type World } from './world/world.ts';

/** After this time a peer that was silent is asked again. */
const SILENCE_FORGOTTEN_MS = 3_000;

/** Some runs are left alone for a while when they have come to rest: then nothing may move any more. */
const QUIET_RUNS = 0.3;
const QUIET_MS = 60_000;

/**
 * What happens in a run: the hub and its shops open, people do things while faults come and go, then all is healed, comes
 * to rest, and is counted and sold out.
 */
export class Story {
  readonly #run: RunParts;
  readonly #world: World;
  readonly #faults: Faults;

  constructor(run: RunParts, world: World, faults: Faults) {
    this.#run = run;
    this.#world = world;
    this.#faults = faults;
  }

  /** @param steps things that people do */
  async live(steps: number): Promise<void> {
    const { random, lifetime, profile } = this.#run;
    await this.#open();
    this.#faults.begin(profile);
    for (let step = 0; step < steps; step++) {
      await this.#world.pause(profile.paceMs);
      this.#world.begin(this.#somethingHappens());
    }
    this.#heal();
    await comeToRest(this.#run, this.#world);
    if (random.chance(QUIET_RUNS)) await lifetime.pause(QUIET_MS);
    await settleTransfers(this.#world);
    for (const place of this.#world.places) await count(this.#world, place);
    await comeToRest(this.#run, this.#world);
    checkSettled(this.#world);
    await checkBooks(this.#run, this.#world);
    await lifetime.pause(SILENCE_FORGOTTEN_MS);
    for (const place of this.#world.places) await sellOut(this.#world, place);
  }

  /** The hub opens with its catalogue, and its shops join, some of them later. */
  async #open(): Promise<void> {
    const { hub, shops, parts } = this.#world;
    hub.start();
    for (const location of [WAREHOUSE, ...shops.map((shop) => shop.location)]) {
      const content = { name: location, kind: 'store', attributes: null } as const;
      await this.#set({ type: 'putLocation', location, content });
    }
    for (const sku of parts.skus) {
      const category = this.#run.random.pick(CATEGORIES);
      const content = { name: sku, description: null, category, attributes: null };
      await this.#set({ type: 'putProduct', sku, content });
    }
    for (const shop of shops) this.#world.begin(this.#openShop(shop));
  }

  async #openShop(shop: Shop): Promise<void> {
    await this.#world.pause(this.#run.random.pick([10, 500, 5_000]));
    shop.site.start();
    await enrol(this.#world, shop);
  }

  async #set(command: Command): Promise<void> {
    await this.#world.ask(this.#world.hub, 'operator', command);
  }

  async #somethingHappens(): Promise<void> {
    const { random, places } = this.#world;
    const place = random.pick(places);
    const weights = Object.entries(HAPPENINGS).map(([name, { weight }]) => [name, weight]);
    const what = random.weighed<
      keyof typeof HAPPENINGS | 'shop' | 'online' | 'policy' | 'edit' | 'send'
    >({
      ...Object.fromEntries(weights),
      shop: 16,
      online: 24,
      policy: this.#run.profile.policyChanges,
      edit: 2,
      send: 8,
    });
    switch (what) {
      case 'shop':
        return orderInShop(this.#world, place);
      case 'online':
        return orderOnline(this.#world, place);
      case 'send':
        return sendGoods(this.#world, place);
      case 'edit':
        return editCatalogue(this.#world);
      case 'policy':
        return changePolicy(this.#world, random.pick(this.#world.shops));
      default:
        return HAPPENINGS[what].work(this.#world, place);
    }
  }

  #heal(): void {
    this.#run.note('everything is healed');
    this.#world.isHealing = true;
    this.#faults.end();
    for (const wire of this.#run.network.wires.values()) {
      wire.weather = CALM.wire;
      wire.mend();
    }
    for (const site of this.#world.sites) {
      Object.assign(site.weather, CALM.store);
      site.machine.mend();
      site.start();
    }
  }
}
