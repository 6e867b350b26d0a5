import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingLog } from '../../test/support/growingLog.ts';
import { StandingTime } from '../../test/support/standingTime.ts';
import { createFeed } from './createFeed.ts';
import type { Feed, FeedItem, FeedSettings } from './feed.ts';

const HEARTBEAT_MS = 15_000;
const POLL_MS = 200;

function set(settings: FeedSettings = {}) {
  const time = new StandingTime();
  const log = new GrowingLog(time);
  const failures: unknown[] = [];
  const observer = {
    streamFailed: (error: unknown) => failures.push(error),
    lookFailed: (error: unknown) => failures.push(error),
  };
  const feed = createFeed(
    {
      store: log,
      ledger: log,
      onForeignCommit: (listener) => log.onForeignCommit(listener),
      timers: time,
      stopwatch: time,
      observer,
    },
    settings,
  );
  return { time, log, feed, failures };
}

/** A client that asks for one item after the other and keeps what it got. */
class Client {
  readonly positions: number[] = [];
  readonly items: FeedItem[] = [];
  position: number;
  ended = false;
  broken: unknown;
  #pending = false;
  readonly #abort = new AbortController();
  readonly #iterator: AsyncIterator<FeedItem>;

  constructor(feed: Feed, after: number, sku?: string) {
    this.position = after;
    const filter = sku === undefined ? {} : { filter: { sku } };
    const items = feed.follow({ after, signal: this.#abort.signal, ...filter });
    this.#iterator = items[Symbol.asyncIterator]();
  }

  /** Asks for the next item, unless it is waiting for one. */
  pull(): void {
    if (this.#pending || this.ended || this.broken) return;
    this.#pending = true;
    this.#iterator.next().then(
      ({ done, value }) => this.#take(done === true ? undefined : value),
      (error: unknown) => {
        this.broken = error;
      },
    );
  }

  #take(item: FeedItem | undefined): void {
    this.#pending = false;
    if (!item) {
      this.ended = true;
      return;
    }
    this.items.push(item);
    this.position = item.position;
    if (item.kind === 'events') this.positions.push(...item.events.map((event) => event.position));
  }

  leave(): void {
    this.#abort.abort();
  }
}

const upTo = (length: number) => Array.from({ length }, (_, i) => i + 1);

describe('a stream', () => {
  it('hands out what is there, then what comes, and waits in between', async () => {
    const { time, log, feed } = set();
    log.append(['a', 'b']);
    const client = new Client(feed, 1);
    client.pull();
    await time.advance(0);
    expect(client.positions).toEqual([2]);
    client.pull();
    await time.advance(50);
    log.append(['c']);
    await time.advance(5);
    expect(client.positions).toEqual([2, 3]);
  });

  it('finds what another process wrote within one poll', async () => {
    const { time, log, feed } = set();
    const client = new Client(feed, 0);
    client.pull();
    await time.advance(1_000);
    log.append(['a'], { ours: false });
    await time.advance(POLL_MS);
    expect(client.positions).toEqual([1]);
  });

  it('finds at once what another process wrote and spoke of', async () => {
    const { time, log, feed } = set();
    const client = new Client(feed, 0);
    client.pull();
    await time.advance(1_010);
    log.append(['a'], { ours: false });
    log.hint(1);
    await time.advance(5);
    expect(client.positions).toEqual([1]);
  });

  it('looks again for what was spoken of while it looked', async () => {
    const { time, log, feed } = set();
    const client = new Client(feed, 0);
    client.pull();
    await time.advance(1_010);
    log.readMs = 20;
    log.append(['a'], { ours: false });
    log.hint(1);
    await time.advance(15);
    log.append(['b'], { ours: false });
    log.hint(2);
    await time.advance(60);
    client.pull();
    await time.advance(20);
    expect(client.positions).toEqual([1, 2]);
  });

  it('does not believe what others say: it looks once, and finds nothing', async () => {
    const { time, log, feed } = set();
    const client = new Client(feed, 0);
    client.pull();
    await time.advance(1_010);
    const { looks, reads } = log;
    for (let i = 0; i < 10; i++) log.hint(1_000_000);
    await time.advance(100);
    expect([log.looks - looks, log.reads - reads]).toEqual([1, 0]);
    expect(await feed.refusal(5)).toMatchObject({ after: 5, head: 0 });
  });

  it('has a heartbeat when nothing came for a while, that tells how far it is', async () => {
    const { time, log, feed } = set();
    log.append(['a']);
    const client = new Client(feed, 1);
    client.pull();
    await time.advance(HEARTBEAT_MS - 1);
    expect(client.items).toEqual([]);
    await time.advance(POLL_MS);
    expect(client.items).toEqual([{ kind: 'heartbeat', position: 1 }]);
  });

  it('has heartbeats and moves on while only events of others come', async () => {
    const { time, log, feed } = set({ heartbeatMs: 1_000 });
    const client = new Client(feed, 0, 'mine');
    client.pull();
    for (let i = 0; i < 15; i++) {
      log.append(['other']);
      await time.advance(100);
    }
    expect(client.items).toHaveLength(1);
    expect(client.items[0]).toMatchObject({ kind: 'heartbeat' });
    expect(client.position).toBeGreaterThan(8);
  });

  it('is silent while the store cannot be reached, so that its client notices', async () => {
    const { time, log, feed, failures } = set({ heartbeatMs: 1_000 });
    const client = new Client(feed, 0);
    client.pull();
    await time.advance(10);
    for (let i = 0; i < 20; i++) {
      log.failNext();
      await time.advance(POLL_MS);
    }
    expect(failures).toHaveLength(20);
    expect(client.items).toEqual([]);
    await time.advance(POLL_MS);
    expect(client.items).toEqual([{ kind: 'heartbeat', position: 0 }]);
  });

  it('ends at once when it is aborted, waiting or not, and leaves nothing behind', async () => {
    const { time, log, feed } = set();
    log.append(['a']);
    const [waiting, busy] = [new Client(feed, 1), new Client(feed, 0)];
    waiting.pull();
    busy.pull();
    await time.advance(0);
    expect(feed.status().streams).toBe(2);
    waiting.leave();
    busy.leave();
    busy.pull();
    await time.advance(0);
    expect([waiting.ended, busy.ended]).toEqual([true, true]);
    expect(feed.status().streams).toBe(0);
    expect([time.timers, log.listeners]).toEqual([0, 0]);
  });

  it('does not begin beyond the end of the log', async () => {
    const { time, log, feed, failures } = set();
    log.append(['a']);
    const client = new Client(feed, 2);
    client.pull();
    await time.advance(0);
    expect(client.broken).toMatchObject({
      refusal: { code: 'position_in_future', after: 2, head: 1 },
    });
    expect(await feed.refusal(2)).toEqual({ code: 'position_in_future', after: 2, head: 1 });
    expect(await feed.refusal(1)).toBeUndefined();
    expect(failures).toEqual([]);
  });

  it('fails in the open when the log cannot be read', async () => {
    const { time, log, feed, failures } = set();
    const client = new Client(feed, 0);
    log.failNext();
    client.pull();
    await time.advance(0);
    expect(client.broken).toEqual(new Error('the store is away'));
    expect(failures).toEqual([client.broken]);
    expect(feed.status().streams).toBe(0);
  });

  it('shows a consumer that has stalled, and its lag', async () => {
    const { time, log, feed } = set();
    log.append(['a']);
    const [slow, quick] = [new Client(feed, 0), new Client(feed, 0)];
    slow.pull();
    quick.pull();
    await time.advance(0);
    quick.pull();
    log.append(['b', 'c']);
    await time.advance(700);
    quick.pull();
    expect(feed.status()).toEqual({ streams: 2, lagMax: 2, stalledMsMax: 700 });
  });
});

describe('many streams', () => {
  it('that wait at the end share one read for each piece of news, and one poll', async () => {
    const { time, log, feed } = set();
    const clients = upTo(1_000).map((i) => new Client(feed, 0, i % 2 ? undefined : 'a'));
    const pull = async (ms: number) => {
      for (const client of clients) client.pull();
      await time.advance(ms);
    };
    log.readMs = 2;
    await pull(50);
    const { reads, looks } = log;
    for (let i = 0; i < 10; i++) {
      log.append(['a']);
      await pull(50);
      await pull(50);
    }
    expect(clients.every((client) => client.positions.length === 10)).toBe(true);
    expect(log.reads - reads).toBeLessThanOrEqual(20);
    expect(log.looks - looks).toBeLessThanOrEqual(6);
  });

  it('that are far behind take turns: each page that one is given costs a round of the event loop', async () => {
    const { time, log } = set();
    let rounds = 0;
    const soon = (action: () => void) =>
      time.soon(() => {
        rounds += 1;
        action();
      });
    const timers = { after: time.after.bind(time), next: setImmediate, soon };
    const feed = createFeed(
      { store: log, ledger: log, timers, stopwatch: time },
      { pageEvents: 100 },
    );
    log.append(new Array<string>(300).fill('a'));
    const clients = upTo(20).map(() => new Client(feed, 0));
    for (let page = 1; page <= 3; page++) {
      for (const client of clients) client.pull();
      await time.advance(0);
      expect(clients.every(({ position }) => position === page * 100)).toBe(true);
      expect(rounds).toBe(page * 20);
    }
  });
});

type Step =
  | { readonly do: 'append'; readonly skus: readonly string[]; readonly ours: boolean }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'pull' | 'reconnect'; readonly reader: number }
  | { readonly do: 'fail' }
  | { readonly do: 'hint'; readonly by: number }
  | { readonly do: 'slow'; readonly ms: number };

const readersMax = 3;
const reader = fc.nat(readersMax - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    skus: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
    ours: fc.boolean(),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 5, 60, 300, 20_000) }),
  fc.record({ do: fc.constant('pull' as const), reader }),
  fc.record({ do: fc.constant('pull' as const), reader }),
  fc.record({ do: fc.constant('reconnect' as const), reader }),
  fc.record({ do: fc.constant('fail' as const) }),
  fc.record({ do: fc.constant('hint' as const), by: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ do: fc.constant('slow' as const), ms: fc.constantFrom(0, 3, 40) }),
);

/** A reader that comes back after each break, with what it handled last. */
class Returning {
  readonly positions: number[] = [];
  readonly #feed: Feed;
  readonly #sku: string | undefined;
  #client: Client;

  constructor(feed: Feed, sku: string | undefined) {
    this.#feed = feed;
    this.#sku = sku;
    this.#client = new Client(feed, 0, sku);
  }

  get position(): number {
    return this.#client.position;
  }

  pull(): void {
    if (this.#client.broken) this.reconnect();
    this.#client.pull();
  }

  reconnect(): void {
    this.#client.leave();
    this.positions.push(...this.#client.positions.splice(0));
    this.#client = new Client(this.#feed, this.#client.position, this.#sku);
  }
}

interface Stage {
  readonly time: StandingTime;
  readonly log: GrowingLog;
  readonly readers: readonly Returning[];
}

async function act({ time, log, readers }: Stage, todo: Step): Promise<void> {
  switch (todo.do) {
    case 'append':
      return log.append(todo.skus, todo);
    case 'pass':
      return await time.advance(todo.ms);
    case 'pull':
      return readers[todo.reader]?.pull();
    case 'reconnect':
      return readers[todo.reader]?.reconnect();
    case 'fail':
      return log.failNext();
    case 'hint':
      return log.hint(log.length + todo.by);
    case 'slow':
      log.readMs = todo.ms;
  }
}

describe('whatever commits, polls, slow readers, breaks and faults happen in between', () => {
  it('every reader gets exactly the matching events of the log, once and in order', async () => {
    const pageEvents = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), pageEvents, async (steps, size) => {
        const { time, log, feed } = set({ pageEvents: size });
        const readers = [undefined, 'a', 'b'].map((sku) => new Returning(feed, sku));
        for (const todo of steps) await act({ time, log, readers }, todo);
        while (readers.some(({ position }) => position < log.length)) {
          for (const each of readers) each.pull();
          await time.advance(1_000);
        }
        for (const each of readers) each.reconnect();
        const expected = ['abc', 'a', 'b'].map((skus) =>
          log.written.filter(({ sku }) => skus.includes(sku ?? '')).map((event) => event.position),
        );
        expect(readers.map((each) => each.positions)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe('pages by position', () => {
  it('say where to go on, and when the log ends', async () => {
    const { log, feed } = set();
    log.append(['a', 'b', 'a', 'b', 'b']);
    const first = await feed.page({ after: 0, limit: 3 });
    expect(first).toMatchObject({ ok: true, value: { position: 3, more: true } });
    const rest = await feed.page({ after: 3, limit: 3 });
    expect(rest).toMatchObject({ ok: true, value: { position: 5, more: false } });
    const filtered = await feed.page({ after: 0, limit: 5, filter: { sku: 'a' } });
    expect(filtered.ok && filtered.value.events.map((event) => event.position)).toEqual([1, 3]);
  });

  it('look through more of the log for a filter that hits seldom, but not through all of it', async () => {
    const { log, feed } = set();
    log.append(Array.from({ length: 100 }, (_, i) => (i % 20 === 19 ? 'rare' : 'often')));
    const page = await feed.page({ after: 0, limit: 4, filter: { sku: 'rare' } });
    expect(page).toMatchObject({ ok: true, value: { more: true } });
    expect(page.ok && page.value.events.map((event) => event.position)).toEqual([20, 40, 60]);
  });

  it('are turned down beyond the end of the log', async () => {
    const { log, feed } = set();
    log.append(['a', 'b', 'a', 'b', 'b']);
    expect(await feed.page({ after: 6 })).toEqual({
      ok: false,
      refusal: { code: 'position_in_future', after: 6, head: 5 },
    });
  });
});
