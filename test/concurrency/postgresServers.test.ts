import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, oneOf, stock, wholeLog } from '../support/api.ts';
import { hasPgBouncer, startPgBouncer } from '../support/postgres/pgbouncer.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';
import { type Answered, Servers } from '../support/postgresServers.ts';
import { Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

const SERVERS = 4;
const TTL_SECONDS = 3_600;

let workshop: Workshop;
let database: PostgresDatabase;
let servers: Servers;
const { fraction } = seededRandom(20261120);

beforeAll(() => {
  workshop = new Workshop();
});
afterAll(() => workshop.close());

beforeEach(async () => {
  database = await createTestDatabase();
  servers = new Servers(workshop, database.url, fraction);
});
afterEach(async () => {
  await servers.stop();
  expect(await deadlocks()).toBe(0);
  await database.drop();
});

async function verified(): Promise<void> {
  expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
}

const OTHERS = `
  SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
const DEADLOCKS = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';

/** How many there were, once all servers are gone: sessions count them at their ends at the latest. */
async function deadlocks(): Promise<number> {
  return await connected(database.url, async (client) => {
    while ((await client.query(OTHERS)).rows.length > 0) await sleep(20);
    const { rows } = await client.query<{ deadlocks: string }>(DEADLOCKS);
    return Number(rows[0]?.deadlocks);
  });
}

/** Each of `count` clients does one thing after another. */
async function clients(count: number, script: (client: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, client) => script(client)));
}

/** 48 clients order five of twelve SKUs in any order, again and again. */
async function takeCrossingOrders(): Promise<void> {
  const skus = Array.from({ length: 12 }, (_, i) => `sku-${i}`);
  await stock(servers.url(), 100_000, ...skus);
  const lines = () =>
    [...skus]
      .sort(() => fraction() - 0.5)
      .slice(0, 5)
      .map((sku) => ({ sku, location: 'north', quantity: 1 }));
  await clients(48, async () => {
    for (let n = 0; n < 12; n++) {
      const { status, answer } = await servers.command('/v1/reservations', { lines: lines() });
      expect(status).toBe(201);
      const step = fraction() < 0.5 ? 'confirm' : 'cancel';
      await servers.command(`/v1/reservations/${answer['id']}/${step}`, {});
    }
  });
  await verified();
}

describe('four servers on one database', () => {
  it('sell exactly what is there to 1,000 buyers', async () => {
    await servers.start(SERVERS);
    await stock(servers.url(), 10, 'apple');
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => servers.command('/v1/reservations', oneOf('apple'))),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expect(statuses.filter((status) => status === 409)).toHaveLength(990);
    await verified();
  }, 180_000);

  it('take crossing orders of many lines without a deadlock', async () => {
    await servers.start(SERVERS);
    await takeCrossingOrders();
  }, 180_000);

  it('do a command once whose key, or whose reservation id, two of them get at once', async () => {
    await servers.start(SERVERS);
    await stock(servers.url(), 10_000, 'apple');
    await clients(40, async () => {
      const body = { id: uuid7(), ...oneOf('apple') };
      const key = randomUUID();
      const twins = await Promise.all([
        servers.command('/v1/reservations', body, { key }),
        servers.command('/v1/reservations', body, { key }),
        servers.command('/v1/reservations', body),
      ]);
      const made = twins.map(({ answer: { id, lines } }) => ({ id, lines }));
      expect(made).toEqual(made.map(() => ({ id: body.id, lines: expect.anything() })));
    });
    const log = await wholeLog(servers.url());
    expect(log.filter(({ type }) => type === 'reserve')).toHaveLength(40);
    await verified();
  }, 180_000);
});

/** One buyer after another: reserves, then confirms, cancels, fulfils or leaves it, and asks some things again. */
async function buy(note: (answered: Answered) => void): Promise<void> {
  const post = async (path: string, body: unknown): Promise<Answered> => {
    const answered = await servers.command(path, body);
    note(answered);
    if (fraction() < 0.1) await expectRepeated(answered);
    return answered;
  };
  const sku = fraction() < 0.7 ? 'apple' : 'pear';
  const { status, answer } = await post('/v1/reservations', {
    ...oneOf(sku),
    ttlSeconds: TTL_SECONDS,
  });
  if (status !== 201) return;
  const path = `/v1/reservations/${answer['id']}`;
  if (fraction() < 0.5) await post(`${path}/confirm`, {});
  if (fraction() < 0.3) await post(`${path}/fulfil`, {});
  if (fraction() < 0.3) await post(`${path}/cancel`, {});
}

/** The same again, on any server, gets the same answer. */
async function expectRepeated({ path, body, key, status, answer }: Answered): Promise<void> {
  const again = await servers.command(path, body, { key });
  expect({ status: again.status, body: again.answer }).toEqual({
    status,
    body: status < 400 ? answer : { ...answer, instance: again.answer['instance'] },
  });
}

describe.skipIf(!hasPgBouncer())('four servers behind a PgBouncer in transaction mode', () => {
  it('take crossing orders, and sell what is there to the last unit', async () => {
    const pooler = await startPgBouncer(database.url);
    servers = new Servers(workshop, pooler.url, fraction);
    await servers.start(SERVERS);
    await takeCrossingOrders();
    await stock(servers.url(), 10, 'apple');
    const answers = await Promise.all(
      Array.from({ length: 400 }, () => servers.command('/v1/reservations', oneOf('apple'))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    await verified();
    await servers.stop();
    await pooler.close();
  }, 180_000);
});

describe('four servers, of which one is killed in the middle while another one joins', () => {
  it('have every command that was answered, once', async () => {
    const all: Answered[] = [];
    const [first] = await servers.start(SERVERS);
    await stock(servers.url(), 700, 'apple', 'pear');
    const { promise: warm, resolve: isWarm } = Promise.withResolvers<void>();
    const note = (answered: Answered): void => {
      all.push(answered);
      if (all.length === 300) isWarm();
    };
    const load = clients(24, async () => {
      for (let n = 0; n < 60; n++) await buy(note);
    });
    await warm;
    const joining = servers.join();
    if (first) await servers.kill(first);
    await joining;
    await load;

    const log = await wholeLog(servers.url());
    expect(log.map(({ position }) => position)).toEqual(log.map((_, i) => i + 1));
    const made = log.flatMap(({ type, reservationId }) =>
      type === 'reserve' ? [reservationId] : [],
    );
    expect(new Set(made).size).toBe(made.length);
    const answered = all.filter(
      ({ path, status }) => path === '/v1/reservations' && status === 201,
    );
    expect(new Set(made)).toEqual(new Set(answered.map(({ answer }) => answer['id'])));
    await clients(24, async (client) => {
      for (let n = client; n < all.length; n += 24) {
        const one = all[n];
        if (one) await expectRepeated(one);
      }
    });
    expect((await wholeLog(servers.url())).length).toBe(log.length);
    await verified();
  }, 180_000);

  it('sell what is there to the last unit', async () => {
    const [first] = await servers.start(SERVERS);
    await stock(servers.url(), 500, 'apple');
    let sold = 0;
    const { promise: half, resolve: isHalf } = Promise.withResolvers<void>();
    const load = clients(1_000, async () => {
      const { status } = await servers.command('/v1/reservations', oneOf('apple'));
      if (status === 201) sold += 1;
      if (sold === 100) isHalf();
    });
    await half;
    if (first) await servers.kill(first);
    await load;
    const { body } = await ask(servers.url(), '/v1/stock/apple/north');
    expect([sold, body['available'], body['reserved']]).toEqual([500, 0, 500]);
    await verified();
  }, 180_000);
});

/** What a client would make. */
function uuid7(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomUUID().slice(15);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random}`;
}
