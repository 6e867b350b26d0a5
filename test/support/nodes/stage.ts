import type { LinkPolicy } from '../../../src/domain/links/policy.ts';
import { onHand } from '../../../src/domain/stock.ts';
import { createIds } from '../../../src/ledger/ids.ts';
import { seededRandom, settle, VirtualTime } from '../virtualTime.ts';
import { copyDisk, sha256 } from './machine.ts';
import { TestHub } from './testHub.ts';
import type { TestNode } from './testNode.ts';
import { TestShop } from './testShop.ts';

/** The shop keeps what it has, and the hub asks when it is short. */
export const SHOP_KEEPS_ALL: LinkPolicy = { hubShare: 0, floor: 0 };

/** A step in which time passes while something is waited for, and how long that may take. */
const STEP_MS = 5;
const UNTIL_MS_MAX = 120_000;

/** A hub and its shops in one process, on virtual time, joined by wires that do what a test says. */
export class Stage {
  readonly time = new VirtualTime();
  readonly hub: TestHub;
  readonly shops: TestShop[] = [];
  /** Servers beside the first one that share its database. */
  readonly servers: TestHub[] = [];
  readonly newId: () => string;
  /** How often shops move units between themselves and the hub; never, so that what a test gives to whom stays there. */
  balanceMs = 0;
  #seeds = 0;

  constructor() {
    this.newId = createIds(this.time, seededRandom(7));
    this.hub = new TestHub(this);
  }

  /** A hub that runs, with a location and a product for each name. */
  static async open(
    locations: readonly string[],
    skus: readonly string[] = ['tea'],
  ): Promise<Stage> {
    const stage = new Stage();
    await stage.hub.start();
    await stage.hub.addProduct(...skus);
    for (const location of locations) await stage.addLocation(location);
    return stage;
  }

  /** Names of nodes that were added. */
  readonly #added = new Set<string>();

  nextSeed(): number {
    this.#seeds += 1;
    return this.#seeds;
  }

  async addLocation(location: string): Promise<void> {
    const content = { name: location, kind: 'store', attributes: null } as const;
    await this.hub.ask({ type: 'putLocation', location, content });
  }

  /** Adds a node at the hub. @returns its token */
  async addNode(name: string, location: string, policy = SHOP_KEEPS_ALL): Promise<string> {
    const isAgain = this.#added.has(name);
    this.#added.add(name);
    const token = isAgain ? `another token of ${name}` : `token of ${name}`;
    const { name: self } = this.hub;
    const link = {
      peer: name,
      peerRole: 'store',
      self,
      location,
      secret: sha256(token),
      policy,
    } as const;
    await this.hub.link({ type: 'addLink', link });
    return token;
  }

  /** A shop whose node runs and has joined the hub. */
  async addShop(name: string, location: string, policy = SHOP_KEEPS_ALL): Promise<TestShop> {
    const shop = this.newShop(name, location, await this.addNode(name, location, policy));
    await shop.start();
    await this.pass(3_000);
    return shop;
  }

  /** Another server of the hub, on the same database. */
  async addServer(): Promise<TestHub> {
    const server = new TestHub(this, this.hub.disk);
    this.servers.push(server);
    await server.start();
    return server;
  }

  newShop(name: string, location: string, token: string | null): TestShop {
    const shop = new TestShop(this, name, location, token);
    this.shops.push(shop);
    return shop;
  }

  /** A machine with the same disk, as somebody makes who copies a virtual machine. */
  cloneShop(shop: TestShop): TestShop {
    const clone = new TestShop(this, shop.name, shop.location, null);
    clone.disk = copyDisk(shop.disk);
    this.shops.push(clone);
    return clone;
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.time.advance(ms);
  }

  /** Lets time pass until the promise settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await settle();
    for (let passed = 0; !isSettled && passed < UNTIL_MS_MAX; passed += STEP_MS) {
      await this.time.advance(STEP_MS);
    }
    if (!isSettled) throw new Error(`not settled after ${UNTIL_MS_MAX} ms`);
    return await promise;
  }

  get nodes(): readonly TestNode[] {
    return [this.hub, ...this.servers, ...this.shops].filter(({ isRunning }) => isRunning);
  }

  /** Units of a product in all ledgers, and on their way between them as the hub knows it. */
  async unitsOf(sku: string): Promise<number> {
    let units = 0;
    const disks = new Set(this.nodes.map(({ disk }) => disk));
    for (const disk of disks) {
      for (const level of disk.tables.levels.values())
        if (level.sku === sku) units += onHand(level);
    }
    return units;
  }

  /** What no test means to bring about. */
  get defects(): readonly unknown[] {
    return this.nodes.flatMap(({ process }) => [
      ...process.told.defects,
      ...process.figures.failures,
    ]);
  }

  async findings(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const node of this.nodes) {
      found.push(...(await node.findings()).map((finding) => `${node.name}: ${finding}`));
    }
    return found;
  }

  async close(): Promise<void> {
    for (const node of [...this.nodes].reverse()) await node.stop();
  }
}
