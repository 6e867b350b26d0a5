import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Line } from '../../src/domain/commands.ts';
import { createFeed } from '../../src/feed/createFeed.ts';
import type { Feed, FeedSettings } from '../../src/feed/feed.ts';
import { createLedger, type RunningLedger } from '../../src/ledger/createLedger.ts';
import { createPlaceFinder } from '../../src/queries/places.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { Figures, reserve, SETTINGS } from './testLedger.ts';

const PLACE = { name: 'North', kind: 'store', attributes: null } as const;
const THING = { description: null, category: null, attributes: null };
const LOOK_MS = 5;
/** A crowd that comes at once is not turned away, however busy the machine is. */
const QUEUE_WAIT_MAX_MS = 120_000;

/** What makes up a server but for HTTP, in this process and on real time: storage, ledger and feed. */
export class PostgresTestServer {
  readonly storage: Storage;
  readonly ledger: RunningLedger;
  readonly feed: Feed;
  readonly figures = new Figures();

  private constructor(
    storage: Storage,
    runtime: ReturnType<typeof createRuntime>,
    settings?: FeedSettings,
  ) {
    const { ledger: store, queries, onForeignCommit } = storage;
    this.storage = storage;
    this.ledger = createLedger({
      ...runtime,
      store,
      finder: createPlaceFinder(queries),
      observer: this.figures,
      settings: { ...SETTINGS, queueWaitMaxMs: QUEUE_WAIT_MAX_MS },
    });
    const news = onForeignCommit && { onForeignCommit };
    this.feed = createFeed({ ...runtime, store: queries, ledger: this.ledger, ...news }, settings);
  }

  /** @param settings of the feed */
  static async open(database: string, settings?: FeedSettings): Promise<PostgresTestServer> {
    const runtime = createRuntime();
    const storage = await openStorage({ config: { database, node: null }, machine: runtime });
    return new PostgresTestServer(storage, runtime, settings);
  }

  /** Settled when it hears what other servers commit, which it does soon after somebody first follows its log. */
  async hearsNews(): Promise<void> {
    const connected = this.storage.figures?.find(({ name }) => name === 'news_connected');
    // Nobody is told of it.
    while (connected?.read() !== 1) await sleep(LOOK_MS);
  }

  /** @throws when the command is not accepted */
  async run(command: Command): Promise<void> {
    const work = { actor: 'ann', requestId: 'q', items: [{ command }] };
    const answer = await this.ledger.submit(work);
    const outcome = answer.kind === 'done' ? answer.items[0]?.outcome.kind : answer.kind;
    if (outcome === undefined || outcome === 'refused') {
      throw new Error(`${command.type} was not accepted: ${JSON.stringify(answer)}`);
    }
  }

  /** Puts products, a location `north` and `quantity` of each product into the books. */
  async stock(quantity: number, ...skus: readonly string[]): Promise<void> {
    await this.run({ type: 'putLocation', location: 'north', content: PLACE });
    for (const sku of skus) {
      await this.run({ type: 'putProduct', sku, content: { ...THING, name: sku } });
      await this.run({ type: 'receive', sku, location: 'north', quantity });
    }
  }

  reserve(lines: readonly Line[]): Promise<void> {
    return this.run(reserve(randomUUID(), lines));
  }

  async close(): Promise<void> {
    await this.ledger.close();
    await this.storage.close();
  }
}
