import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  vi,
} from 'vitest';
import { LISTS_AGE_MS_MAX, type QueryStore } from '../../src/queries/store.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import { ReadPool, readAddress } from '../../src/storage/postgres/connection.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import { PostgresQueryStore } from '../../src/storage/postgres/queries.ts';
import { Replica } from '../../src/storage/postgres/replica.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { feed } from '../support/contractFeed.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import { connected, createTestDatabase } from '../support/postgres/testDatabase.ts';

const START_MS_MAX = 60_000;
const REPLAY_MS_MAX = 30_000;
/** Nobody is found to be away only because this machine is busy. */
const PATIENCE_MS = 30_000;

let server: PostgresServer;
let standby: PostgresServer;
/** Name of the ledger's database, on both servers. */
let name: string;
let storage: Storage;
let copy: QueryStore;
let elapsedMs: number;
let warnings: string[];
let replica: Replica;

beforeAll(async () => {
  server = await startPostgres();
  const { url } = await createTestDatabase({ server });
  name = new URL(url).pathname.slice(1);
  standby = await server.replica();
  storage = await openPostgresStorage({ url: server.urlOf(name), machine: createRuntime() });
  await feed(storage.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 1)]);
}, START_MS_MAX);

afterAll(async () => {
  await storage.close();
  await standby.close();
  await server.close();
});

beforeEach(async () => {
  elapsedMs = 0;
  warnings = [];
  copy = storeOn(standby.urlOf(name));
  replica = replicaOn(copy);
  await replayed();
});

afterEach(() => replica.close());

describe('a read replica', () => {
  it('shows lists, as long as it is known to be little behind', async () => {
    await replica.look();
    await whilePaused(async () => {
      const before = await storage.queries.level('A', 'x');
      await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
      const now = await storage.queries.level('A', 'x');
      expect(await replica.lists.levels({ limit: 10 })).toEqual([before]);
      elapsedMs = LISTS_AGE_MS_MAX - 1;
      await replica.look();
      expect(await replica.lists.levels({ limit: 10 })).toEqual([before]);
      elapsedMs = LISTS_AGE_MS_MAX;
      expect(await replica.lists.levels({ limit: 10 })).toEqual([now]);
      await replica.look();
      expect(await replica.lists.levels({ limit: 10 })).toEqual([now]);
    });
    expect(warnings).toEqual([expect.stringContaining('behind')]);
  });

  it('is used again once it has caught up', async () => {
    await replica.look();
    await whilePaused(async () => {
      await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
      elapsedMs = 2 * LISTS_AGE_MS_MAX;
      await replica.look();
    });
    await replayed();
    await replica.look();
    const [level] = await storage.queries.levels({ limit: 1 });
    await whilePaused(async () => {
      await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
      expect(await replica.lists.levels({ limit: 10 })).toEqual([level]);
    });
  });

  it('is not used before the first look', async () => {
    await whilePaused(async () => {
      await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
      const now = await storage.queries.levels({ limit: 10 });
      expect(await replica.lists.levels({ limit: 10 })).toEqual(now);
    });
  });

  it('is not asked what a position left, which is an answer for good', async () => {
    await replica.look();
    await whilePaused(async () => {
      const { firstPosition } = (await feed(storage.ledger, [move('receive', 'A', 'x', 1)])).stamp;
      const page = { limit: 10, position: firstPosition };
      expect(await replica.lists.levels(page)).toEqual(await storage.queries.levels(page));
    });
  });

  it('shows old events, and the ledger itself those that it does not have', async () => {
    await replica.look();
    await whilePaused(async () => {
      const before = await storage.queries.head();
      await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
      const { events, scanned } = await replica.lists.events({ after: 0, limit: 1_000 });
      expect(events).toHaveLength(before.position);
      const rest = await replica.lists.events({ after: scanned, limit: 1_000 });
      expect(rest.events.map(({ position }) => position)).toEqual([before.position + 1]);
    });
  });
});

describe('a read replica that cannot be used', () => {
  it('is done without when it is gone, from the first read that notices', async () => {
    await replica.look();
    await standby.stop('immediate');
    const levels = await storage.queries.levels({ limit: 10 });
    expect(await replica.lists.levels({ limit: 10 })).toEqual(levels);
    await replica.look();
    expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
    await standby.start();
    await replica.look();
    expect(await replica.lists.levels({ limit: 10 })).toEqual(levels);
  });

  it('is done without when it does not answer a look', async () => {
    const hasty = replicaOn(storeOn(standby.urlOf(name)), storage.queries, 200);
    standby.freeze();
    await hasty.look();
    standby.thaw();
    expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
    await hasty.close();
  });

  it('is done without when it is the database of another ledger', async () => {
    const other = await createTestDatabase({ server });
    const another = await openPostgresStorage({ url: other.url, machine: createRuntime() });
    await feed(another.ledger, [product('B'), shop('y'), move('receive', 'B', 'y', 1)]);
    const wrong = replicaOn(storeOn(other.url));
    await wrong.look();
    const levels = await storage.queries.levels({ limit: 10 });
    expect(await wrong.lists.levels({ limit: 10 })).toEqual(levels);
    expect(warnings).toEqual([expect.stringContaining('cannot be used')]);
    await Promise.all([wrong.close(), another.close()]);
    await other.drop();
  });

  it('is done without when it is the database of another ledger, also before the first event', async () => {
    const empty = await createTestDatabase({ server });
    const ledger = await openPostgresStorage({ url: empty.url, machine: createRuntime() });
    const wrong = replicaOn(storeOn(server.urlOf(name)), ledger.queries);
    await wrong.look();
    expect(await wrong.lists.levels({ limit: 10 })).toEqual([]);
    await feed(ledger.ledger, [product('B'), shop('y'), move('receive', 'B', 'y', 1)]);
    await wrong.look();
    expect(await wrong.lists.levels({ limit: 10 })).toMatchObject([{ sku: 'B' }]);
    await Promise.all([wrong.close(), ledger.close()]);
    await empty.drop();
  });

  it('is done without when its log has become another one', async () => {
    const [one, two] = [await createTestDatabase({ server }), await createTestDatabase({ server })];
    const machine = createRuntime();
    const ledger = await openPostgresStorage({ url: one.url, machine });
    const diverged = await openPostgresStorage({ url: two.url, machine });
    const watched = replicaOn(storeOn(two.url), ledger.queries);
    await watched.look();
    await feed(ledger.ledger, [product('A')]);
    await feed(diverged.ledger, [product('B'), product('C')]);
    await watched.look();
    expect(await watched.lists.products({ limit: 10 })).toMatchObject([{ sku: 'A' }]);
    await Promise.all([watched.close(), ledger.close(), diverged.close()]);
    await Promise.all([one.drop(), two.drop()]);
  });
});

describe('a storage with a read replica', () => {
  it('has lists, and closes all that it opened', async () => {
    const served = await openPostgresStorage({
      url: server.urlOf(name),
      readUrl: standby.urlOf(name),
      machine: createRuntime(),
    });
    expect(await served.lists?.levels({ limit: 10 })).toEqual(
      await storage.queries.levels({ limit: 10 }),
    );
    await served.close();
  });
});

describe('an address of a replica', () => {
  it('that cannot be read is said to be the wrong one', async () => {
    const opening = openStorage({
      config: { database: server.urlOf(name), node: null },
      readDatabase: 'postgres://me:hush@replica:x/shop',
      machine: createRuntime(),
    });
    await expect(opening).rejects.toThrow('postgres://***@replica:x/shop: that is no address');
  });
});

describe('a ledger in a file', () => {
  it('is refused a read replica', async () => {
    const opening = openStorage({
      config: { database: 'sqlite:never-made.db', node: null },
      readDatabase: standby.urlOf(name),
      machine: createRuntime(),
    });
    await expect(opening).rejects.toThrow('has no replicas');
  });
});

describe('a read replica of a database that is away', () => {
  it('is read as long as what it shows is known not to be too old', async () => {
    await replica.look();
    const levels = await replica.lists.levels({ limit: 10 });
    await server.stop('immediate');
    onTestFinished(() => server.start());
    elapsedMs = LISTS_AGE_MS_MAX - 1;
    await replica.look();
    expect(await replica.lists.levels({ limit: 10 })).toEqual(levels);
    expect(warnings).toEqual([]);
    elapsedMs = LISTS_AGE_MS_MAX;
    await expect(replica.lists.levels({ limit: 10 })).rejects.toThrow('cannot be');
  });
});

function storeOn(url: string): QueryStore {
  return new PostgresQueryStore(new ReadPool(readAddress(url), 2));
}

function replicaOn(store: QueryStore, primary = storage.queries, lookMsMax = PATIENCE_MS): Replica {
  return new Replica({
    lookMsMax,
    primary,
    replica: store,
    stopwatch: { elapsed: () => elapsedMs },
    onWarning: (message) => warnings.push(message),
  });
}

/** Does something while the replica gets nothing new. */
async function whilePaused(work: () => Promise<void>): Promise<void> {
  await onStandby('SELECT pg_wal_replay_pause()');
  // What it has begun with when it is asked to pause may still come.
  while ((await pauseState()) !== 'paused');
  try {
    await work();
  } finally {
    await onStandby('SELECT pg_wal_replay_resume()');
  }
}

async function pauseState(): Promise<string | undefined> {
  const { rows } = await connected(standby.url, (client) =>
    client.query<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state'),
  );
  return rows[0]?.state;
}

async function onStandby(sql: string): Promise<void> {
  await connected(standby.url, (client) => client.query(sql));
}

async function replayed(): Promise<void> {
  await vi.waitFor(
    async () => expect(await copy.head()).toEqual(await storage.queries.head()),
    REPLAY_MS_MAX,
  );
}
