import { ask, type Json, type Reply } from './api.ts';
import { LinkProxy } from './linkProxy.ts';
import { freePort } from './postgres/freePort.ts';
import { type Started, Workshop } from './processes.ts';

const POLL_MS = 10;
const WAIT_MS = 60_000;
/** As long as it may be: what another node gives is given in time on a busy machine, too. */
const BORROW_WAIT = ['--borrow-wait-ms', '1000'];

/** A process that serves one node, which can be ended and started again on the same database and port. */
export class NodeProcess {
  readonly name: string;
  readonly database: string;
  readonly #workshop: Workshop;
  readonly #flags: readonly string[];
  #started: Started;
  #url = '';

  private constructor(
    workshop: Workshop,
    name: string,
    flags: readonly string[],
    database: string,
    port: number,
  ) {
    this.#workshop = workshop;
    this.name = name;
    this.database = database;
    this.#flags = flags;
    this.#started = this.#start(String(port));
  }

  static async start(
    workshop: Workshop,
    name: string,
    flags: readonly string[] = [],
    database = workshop.database(),
  ): Promise<NodeProcess> {
    // Not one of those that connections are given, which might have it while the node is away for a moment.
    const node = new NodeProcess(workshop, name, flags, database, await freePort());
    node.#url = await node.#started.url();
    return node;
  }

  get url(): string {
    return this.#url;
  }

  get process(): Started {
    return this.#started;
  }

  async kill(): Promise<void> {
    await this.#started.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#started.stop();
  }

  async again(): Promise<void> {
    this.#started = this.#start(new URL(this.#url).port);
    await this.#started.url();
  }

  /** What a command of the nodes says. */
  async nodes(...words: readonly string[]): Promise<string> {
    const run = await this.#workshop.run(['nodes', ...words, '--database', this.database]);
    if (run.code !== 0) throw new Error(run.err);
    return run.out;
  }

  async verify(): Promise<string> {
    const { code, out, err } = await this.#workshop.run(['verify', '--database', this.database]);
    return code === 0 ? 'sound' : out + err;
  }

  ask(path: string, body?: unknown, method?: string): Promise<Reply> {
    return ask(this.#url, path, { ...(body !== undefined && { body }), ...(method && { method }) });
  }

  move(type: string, sku: string, location: string, quantity: number): Promise<Reply> {
    return this.ask('/v1/movements', { type, sku, location, quantity });
  }

  reserve(sku: string, location: string, quantity: number): Promise<Reply> {
    return this.ask('/v1/reservations', { lines: [{ sku, location, quantity }] });
  }

  /** What this node owns of a level, and what it knows that others do. */
  async stock(sku: string, location: string): Promise<StockView> {
    const place = `${sku}/${encodeURIComponent(location)}`;
    const response = await fetch(`${this.#url}/v1/stock/${place}`);
    return (await response.json()) as StockView;
  }

  async link(peer: string): Promise<Json> {
    return (await this.ask(`/v1/nodes/${peer}`)).body;
  }

  #start(port: string): Started {
    const words = ['serve', '--node', this.name, '--port', port, '--database', this.database];
    const quiet = ['--request-log', 'false'];
    return this.#workshop.holdfast([...words, ...quiet, ...BORROW_WAIT, ...this.#flags]);
  }
}

export interface StockView {
  readonly available: number;
  readonly onHand: number;
  readonly nodes?: readonly {
    readonly node: string;
    readonly available: number;
    readonly onHand: number;
    readonly inTransit: number;
  }[];
}

/** A hub and shops' nodes in processes of their own, with a network between them that can be made bad. */
export class Chain {
  readonly workshop: Workshop;
  readonly hub: NodeProcess;
  readonly #proxies: LinkProxy[] = [];

  private constructor(workshop: Workshop, hub: NodeProcess) {
    this.workshop = workshop;
    this.hub = hub;
  }

  /**
   * @param database of the hub; a new file unless given
   * @param flags of the hub
   */
  static async open(database?: string, flags: readonly string[] = []): Promise<Chain> {
    const workshop = new Workshop();
    return new Chain(workshop, await NodeProcess.start(workshop, 'hub', flags, database));
  }

  /** A product at the hub, and units of it at a location. */
  async stock(sku: string, location: string, quantity: number): Promise<void> {
    const place = `/v1/locations/${encodeURIComponent(location)}`;
    await this.hub.ask(place, { name: location, kind: 'store' }, 'PUT');
    await this.hub.ask(`/v1/products/${sku}`, { name: sku }, 'PUT');
    if (quantity > 0) await this.hub.move('receive', sku, location, quantity);
  }

  /** Adds a shop's node, starts it behind a proxy, and waits until both know all of each other's log. */
  async addShop(name: string, location: string, ...policy: readonly string[]) {
    const proxy = await LinkProxy.to(this.hub.url);
    this.#proxies.push(proxy);
    const { shop, token } = await this.addShopAt(proxy.url, name, location, ...policy);
    return { shop, proxy, token };
  }

  /** The same with a shop that reaches its hub at an address of the caller's. */
  async addShopAt(hub: string, name: string, location: string, ...policy: readonly string[]) {
    const token = (await this.hub.nodes('add', name, '--location', location, ...policy)).trim();
    const flags = ['--hub', hub, '--token', token];
    const shop = await NodeProcess.start(this.workshop, name, flags);
    await this.untilEven(shop);
    return { shop, token };
  }

  /** Waits until each end has all of the other's log that concerns it, and nothing is on its way. */
  async untilEven(shop: NodeProcess): Promise<void> {
    await until(async () => {
      const ends = [await this.hub.link(shop.name), await shop.link('hub')];
      return ends.every(
        ({ acknowledged, connected, fence }) =>
          connected === true &&
          fence === null &&
          (acknowledged as Json)['position'] === (acknowledged as Json)['head'],
      );
    });
  }

  async close(): Promise<void> {
    await this.workshop.close();
    for (const proxy of this.#proxies) proxy.close();
  }
}

/** Asks again and again, for there is nobody who would tell. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it never came to ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
