import path from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { Command } from '../../src/domain/commands.ts';
import type { RunningLedger } from '../../src/ledger/createLedger.ts';
import { createIds } from '../../src/ledger/ids.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { openLedger } from '../../src/start/ledger.ts';
import { type RunningNodes, startNodes } from '../../src/start/nodes.ts';
import type { Runtime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { Relay } from '../nodes/relay.ts';
import { type EnrolledShop, type Sales, skuAt } from './fleet.ts';
import { HUB } from './hubDatabase.ts';

/** Commands of one commit where many are written at once. */
const BATCH = 500;
const STDERR = 2;

export interface ShopRequest {
  readonly runtime: Runtime;
  /** Where its database is. */
  readonly folder: string;
  /** To its hub; closed with the shop. */
  readonly line: Relay;
  readonly shop: EnrolledShop;
}

interface Parts {
  readonly storage: Storage;
  readonly ledger: RunningLedger;
  readonly nodes: RunningNodes;
  readonly newId: () => string;
}

/** The node of a shop as it ships, on an SQLite file, without its HTTP server. It runs from `open` to `close`. */
export class RealShop {
  readonly name: string;
  readonly location: string;
  readonly line: Relay;
  readonly newId: () => string;
  readonly #parts: Parts;

  private constructor({ line, shop }: ShopRequest, parts: Parts) {
    this.name = shop.name;
    this.location = shop.location;
    this.line = line;
    this.newId = parts.newId;
    this.#parts = parts;
  }

  static async open(request: ShopRequest): Promise<RealShop> {
    const { runtime, folder, line, shop } = request;
    const database = `sqlite:${path.join(folder, `${shop.name}.db`)}`;
    const flags = { database, node: shop.name, hub: line.url, token: shop.token };
    const config = readConfig({ ...flags, logLevel: 'warn' }, {});
    const storage = await openStorage({ config, machine: runtime });
    const ledger = openLedger(runtime, storage, config);
    const { logger } = createLogger({ level: config.logLevel, fd: STDERR });
    const newId = createIds(runtime.clock, runtime.random);
    const commitFailed = (error: unknown) => logger.error({ err: error }, 'commit failed');
    const { nodes: metrics } = createMetrics({ version: 'bench', node: shop.name, commitFailed });
    const parts = { runtime, config, storage, ledger, newId, logger, metrics };
    return new RealShop(request, { storage, ledger, newId, nodes: await startNodes(parts) });
  }

  get isLinked(): boolean {
    return this.#parts.nodes.status(HUB)?.connected ?? false;
  }

  async head(): Promise<number> {
    return (await this.#parts.storage.queries.head()).position;
  }

  async received(): Promise<number> {
    return (await this.#parts.storage.queries.link(HUB))?.received ?? 0;
  }

  async receive(skus: number, quantity: number): Promise<void> {
    const { location } = this;
    const commands = Array.from({ length: skus }, (_, i): Command => {
      return { type: 'receive', sku: skuAt(i), location, quantity };
    });
    for (let start = 0; start < skus; start += BATCH) {
      const outcomes = await this.submit(commands.slice(start, start + BATCH));
      const refused = outcomes.find(({ kind }) => kind === 'refused');
      if (refused) throw new Error(`${this.name} received nothing: ${JSON.stringify(refused)}`);
    }
  }

  /** Sells over the counter, `BATCH` units in one commit. */
  async write(skus: number, events: number): Promise<Sales> {
    const { location } = this;
    let sold = 0;
    for (let done = 0; done < events; done += BATCH) {
      const commands = Array.from({ length: Math.min(BATCH, events - done) }, (_, i): Command => {
        return { type: 'sell', sku: skuAt((done + i) % skus), location, quantity: 1 };
      });
      const outcomes = await this.submit(commands);
      sold += outcomes.filter(({ kind }) => kind !== 'refused').length;
    }
    return { sold, refused: events - sold, cuts: 0 };
  }

  /** As a client of its HTTP server would. */
  async submit(commands: readonly Command[]): Promise<readonly Outcome[]> {
    const items = commands.map((command) => ({ command }));
    const requestId = this.newId();
    const answer = await this.#parts.nodes.ledger.submit({ actor: 'till', requestId, items });
    if (answer.kind !== 'done') throw new Error(`answered with ${answer.kind}`);
    return answer.items.map(({ outcome }) => outcome);
  }

  async close(): Promise<void> {
    const { nodes, ledger, storage } = this.#parts;
    await nodes.close();
    await ledger.close();
    await storage.close();
    this.line.close();
  }
}
