import { hash } from 'node:crypto';
import path from 'node:path';
import type { Config } from '../../../config/settings.ts';
import { readConfig } from '../../../config.ts';
import type { Command } from '../../../domain/commands.ts';
import type { LinkPolicy } from '../../../domain/links/policy.ts';
import { createHub, type Hub } from '../../../nodes/hub.ts';
import { submitLink } from '../../../nodes/linkCommands.ts';
import { createStore, type StoreNode } from '../../../nodes/store.ts';
import type { Tools } from '../../tools.ts';
import { ChainTime } from './chainTime.ts';
import type { Draws } from './draws.ts';
import { Line, type Traffic } from './line.ts';
import { type ChainNode, createChainNode } from './node.ts';
import type { GroceryProduct } from './products.ts';

const HUB = 'hub';
export const ACTOR = 'replay';

/** Products that one work puts into the catalogue. */
const PRODUCTS_PER_WORK = 1_000;
/** How long is lived before it is looked again whether all shops have joined. */
const JOINING_MS = 1_000;

export interface ChainOptions {
  readonly openStorage: Tools['openStorage'];
  /** Where the databases are; there are none yet. */
  readonly folder: string;
  readonly shops: readonly string[];
  readonly products: ReadonlyMap<string, GroceryProduct>;
  readonly policy: LinkPolicy;
  /** When the chain is set up. Milliseconds since 1970. */
  readonly start: number;
  readonly draws: Draws;
  readonly onFault: (error: unknown) => void;
}

/** A shop of the chain: its node, and its line to the hub. */
export interface ChainShop extends ChainNode {
  readonly location: string;
  readonly line: Line;
  readonly end: StoreNode;
}

/** A hub and its shops in one process, each on a database of its own: `setting up`, then open until it is closed. */
export class Chain {
  readonly time: ChainTime;
  readonly traffic: Traffic = { messages: 0, bytes: 0 };
  readonly shops = new Map<string, ChainShop>();
  readonly #options: ChainOptions;
  readonly #hub: ChainNode;
  readonly #hubEnd: Hub;

  private constructor(options: ChainOptions, time: ChainTime, hub: ChainNode, hubEnd: Hub) {
    this.#options = options;
    this.time = time;
    this.#hub = hub;
    this.#hubEnd = hubEnd;
  }

  /** @throws {CommandError} when a database cannot be opened */
  static async open(options: ChainOptions): Promise<Chain> {
    const time = new ChainTime(options.start);
    const hub = await openNode('hub', HUB, options, time);
    time.wake([hub.machine]);
    await hub.parts.log.start();
    return new Chain(options, time, hub, await createHub(hub.parts));
  }

  get hub(): ChainNode {
    return this.#hub;
  }

  get nodes(): readonly ChainNode[] {
    return [this.#hub, ...this.shops.values()];
  }

  shop(id: string): ChainShop {
    const shop = this.shops.get(id);
    if (shop === undefined) throw new Error(`there is no shop ${id} in the chain`);
    return shop;
  }

  /**
   * Gives the hub its catalogue and its shops, and lives until each shop has all of it.
   * @param signal when it is aborted, the chain is left as far as it has come
   */
  async setUp(signal: AbortSignal): Promise<void> {
    const { products, shops } = this.#options;
    const catalogue = Array.from(products, ([sku, product]) => putProduct(sku, product));
    for (let first = 0; first < catalogue.length; first += PRODUCTS_PER_WORK) {
      await this.#submit(catalogue.slice(first, first + PRODUCTS_PER_WORK));
    }
    await this.#submit(shops.map(putLocation));
    for (const shop of shops) if (!signal.aborted) await this.#addShop(shop);
    this.time.wake(this.nodes.map(({ machine }) => machine));
    while (!(signal.aborted || (await this.#allHaveJoined()))) await this.time.pass(JOINING_MS);
  }

  async #submit(commands: readonly Command[]): Promise<void> {
    const items = commands.map((command) => ({ command }));
    const work = { actor: ACTOR, requestId: 'catalogue', items, atomic: true };
    const answer = await this.time.until(this.#hub.ledger.submit(work));
    if (answer.kind !== 'done') throw new Error(`the catalogue was answered with ${answer.kind}`);
  }

  async #addShop(id: string): Promise<void> {
    const { policy } = this.#options;
    const name = `shop-${id}`;
    const location = locationOf(id);
    const token = `token of ${name}`;
    const link = { peer: name, peerRole: 'store', self: HUB, location, policy } as const;
    const secret = hash('sha256', token);
    await this.time.until(
      submitLink(this.#hub.parts, ACTOR, { type: 'addLink', link: { ...link, secret } }),
    );
    const node = await openNode('shop', name, this.#options, this.time);
    await node.parts.log.start();
    const line = new Line({
      node: name,
      hub: this.#hubEnd,
      time: this.time,
      machines: { hub: this.#hub.machine, shop: node.machine },
      traffic: this.traffic,
    });
    const end = await createStore({ ...node.parts, dialer: line, enrolment: token });
    this.shops.set(id, { ...node, location, line, end });
  }

  /** Whether each shop is connected, and has taken in what the hub has told it so far. */
  async #allHaveJoined(): Promise<boolean> {
    const { position } = await this.#hub.storage.queries.head();
    for (const { end, storage } of this.shops.values()) {
      const [link] = await storage.queries.links();
      if (end.status(HUB)?.connected !== true || (link?.received ?? 0) < position) return false;
    }
    return true;
  }

  /** Ends everything, wherever it stands. */
  async close(): Promise<void> {
    this.time.wake(this.nodes.map(({ machine }) => machine));
    for (const { line } of this.shops.values()) line.giveUp();
    const ends = [this.#hubEnd, ...Array.from(this.shops.values(), ({ end }) => end)];
    for (const end of ends) await this.time.until(end.close());
    for (const { parts, ledger, storage } of this.nodes) {
      parts.log.close();
      await this.time.until(ledger.close());
      await storage.close();
    }
  }
}

async function openNode(
  role: 'hub' | 'shop',
  name: string,
  { folder, openStorage, draws, onFault }: ChainOptions,
  clock: ChainTime,
): Promise<ChainNode> {
  const config = configOf(name, folder);
  const storage = await openStorage(config, { clock });
  return createChainNode({ storage, config, role, clock, draws, onFault });
}

/** What is set in the environment is meant for other databases. */
function configOf(node: string, folder: string): Config {
  return readConfig({ node, database: `sqlite:${path.join(folder, `${node}.db`)}` }, {});
}

/** Where the goods of a shop are. */
function locationOf(shop: string): string {
  return `store-${shop}`;
}

function putProduct(sku: string, { name, category }: GroceryProduct): Command {
  const content = { name, description: null, category, attributes: null };
  return { type: 'putProduct', sku, content };
}

function putLocation(shop: string): Command {
  const attributes = {
    invented: 'The data file has no deliveries, no stock and no online orders.',
  };
  const content = { name: `Store ${shop}`, kind: 'store', attributes } as const;
  return { type: 'putLocation', location: locationOf(shop), content };
}
