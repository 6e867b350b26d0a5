import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
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
import { ask, oneOf, type Reply, stock, wholeLog } from '../support/api.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import { canMakeDisks, smallDisk } from '../support/postgres/smallDisk.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import {
  connected,
  createTestDatabase,
  type PostgresDatabase,
} from '../support/postgres/testDatabase.ts';
import { type Started, Workshop } from '../support/processes.ts';

// What clients of a real server see while PostgreSQL, or the way to it, is in trouble: an answer in good time, always. What
// an answer usually takes on this machine, which may be busy with other things, comes on top of each bound.

// Trouble lasts for seconds, and each command that verifies is a process that takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

/** The longest that any request may take while the database is in trouble. */
const ANSWER_MS_MAX = 12_000;
/** The longest that a server may take to be ready again when the trouble is over. */
const RECOVERY_MS_MAX = 8_000;

const APPLE = `(SELECT id FROM level_ids WHERE sku = 'apple')`;

/** How many commits at once tell what one takes usually. */
const USUAL = 32;
/** More buyers than a server would have memory for, were each kept for long. */
const CROWD = 2_000;

/** As many as a server has connections for reads. */
const READERS = 8;

let postgres: PostgresServer;
let workshop: Workshop;
beforeAll(async () => {
  workshop = new Workshop();
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.close();
  await workshop.close();
});

let database: PostgresDatabase;
let proxy: TcpProxy;
let server: Started;
let url: string;
/** How long a commit takes beside others, in milliseconds. */
let usualMs: number;
beforeEach(async () => {
  database = await createTestDatabase({ server: postgres });
  proxy = await TcpProxy.to(database.url);
  server = workshop.serve(proxy.url, '--log-level', 'error');
  url = await server.url();
  await stock(url, 100_000, 'apple', 'pear', 'plum');
  usualMs = await slowestOf(USUAL, receive);
});
afterEach(async () => {
  // Also where a test has failed in between.
  postgres.thaw();
  await server.stop('SIGKILL');
  proxy.close();
  await database.drop();
});

interface Timed extends Reply {
  readonly ms: number;
}

async function timed(asked: () => Promise<Reply>): Promise<Timed> {
  const startedAt = performance.now();
  const reply = await asked();
  return { ...reply, ms: performance.now() - startedAt };
}

async function slowestOf(count: number, asked: () => Promise<Timed>): Promise<number> {
  const replies = await Promise.all(Array.from({ length: count }, asked));
  return Math.max(...replies.map(({ ms }) => ms));
}

/** A commit that no test looks for. */
function receive(): Promise<Timed> {
  const body = { type: 'receive', sku: 'plum', location: 'north', quantity: 1 };
  return timed(() => ask(url, '/v1/movements', { body }));
}

function buy(sku = 'apple'): Promise<Timed> {
  return timed(() => ask(url, '/v1/reservations', { body: oneOf(sku) }));
}

function look(path = '/v1/stock/apple/north'): Promise<Timed> {
  return timed(() => ask(url, path));
}

/** It was turned away, in good time, with word of when to try again. */
function expectTurnedAway({ status, headers, body, ms }: Timed): void {
  expect({ status, code: body['code'] }).toEqual({
    status: 503,
    code: expect.stringMatching(/^(unavailable|overloaded|outcome_unknown)$/),
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(ms).toBeLessThan(ANSWER_MS_MAX + usualMs);
}

async function untilReadyIs(status: 200 | 503): Promise<void> {
  const deadline = performance.now() + (status === 200 ? RECOVERY_MS_MAX : ANSWER_MS_MAX);
  for (;;) {
    const reply = await look('/readyz');
    expect(reply.ms).toBeLessThan(1_000 + usualMs);
    if (reply.status === status) return;
    if (performance.now() > deadline) throw new Error(`/readyz does not say ${status}`);
    await sleep(50);
  }
}

/** Buyers who come again and again, each after the answer to the one before. */
class Buyers {
  readonly replies: Timed[] = [];
  readonly #replied = new EventEmitter();
  readonly #buying: Promise<unknown>;
  #over = false;

  constructor(count: number) {
    this.#buying = Promise.all(Array.from({ length: count }, () => this.#buy()));
  }

  /** Waits until so many more of them have been answered. */
  async come(count: number): Promise<void> {
    const enough = this.replies.length + count;
    while (this.replies.length < enough) await once(this.#replied, 'reply');
  }

  async leave(): Promise<void> {
    this.#over = true;
    await this.#buying;
  }

  async #buy(): Promise<void> {
    while (!this.#over) {
      const reply = await buy();
      this.replies.push(reply);
      this.#replied.emit('reply');
      // Who is turned away comes again a little later.
      if (reply.status !== 201) await sleep(100);
    }
  }
}

/** Trouble in the middle of load: all are answered in good time, what was sold is there once, and it goes on afterwards. */
async function underLoad(
  trouble: () => Promise<void>,
  ended: () => Promise<void>,
): Promise<Buyers> {
  const buyers = new Buyers(16);
  await buyers.come(50);
  await trouble();
  await untilReadyIs(503);
  // So long the trouble lasts: nothing happens that could be waited for.
  await sleep(1_000);
  await ended();
  await untilReadyIs(200);
  await buyers.leave();
  const sold = buyers.replies.filter(({ status }) => status === 201);
  for (const reply of buyers.replies) if (reply.status !== 201) expectTurnedAway(reply);
  const log = await wholeLog(url);
  const made = log.filter(({ type }) => type === 'reserve').map((event) => event['reservationId']);
  const answered = sold.map(({ body }) => body['id']);
  expect(answered.filter((id) => !made.includes(id))).toEqual([]);
  expect(new Set(made).size).toBe(made.length);
  const unknown = buyers.replies.filter(({ body }) => body['code'] === 'outcome_unknown').length;
  expect(made.length - answered.length).toBeLessThanOrEqual(unknown);
  expect((await buy()).status).toBe(201);
  expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
  return buyers;
}

describe('PostgreSQL that is down', () => {
  it('at start is said in a sentence, and the server ends', async () => {
    await postgres.stop();
    const { code, err } = await workshop.run(['serve', '--port', '0', '--database', database.url]);
    await postgres.start();
    expect(code).not.toBe(0);
    expect(err).toMatch(/the database cannot be reached: .*ECONNREFUSED/);
    expect(err).not.toContain(new URL(database.url).password);
  });

  it('later turns requests away at once, and all goes on when it is back', async () => {
    await underLoad(
      () => postgres.stop(),
      async () => {
        expectTurnedAway(await buy());
        expectTurnedAway(await look());
        await postgres.start();
      },
    );
  });
});

describe('a network that', () => {
  it('cuts all connections, delays nobody', async () => {
    const buyers = new Buyers(16);
    for (let n = 0; n < 10; n++) {
      await buyers.come(50);
      proxy.cut();
    }
    await buyers.leave();
    expect(Math.max(...buyers.replies.map(({ ms }) => ms))).toBeLessThan(3_000 + usualMs);
    expect((await buy()).status).toBe(201);
    expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
  });

  it('passes nothing on, and says nothing, has requests turned away', async () => {
    await underLoad(
      async () => proxy.freeze(),
      async () => {
        proxy.thaw();
        proxy.cut();
      },
    );
  });

  it('is slow, is waited for', async () => {
    proxy.delay(150);
    const replies = await Promise.all([buy(), buy('pear'), look()]);
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 200]);
  });

  it('is too slow for a commit, has requests turned away', async () => {
    await underLoad(
      async () => proxy.delay(1_000),
      async () => {
        expectTurnedAway(await buy());
        proxy.delay(0);
      },
    );
  });
});

describe('PostgreSQL that hangs', () => {
  it('has requests turned away, takes no memory, and all goes on when it moves again', async () => {
    const before = memoryMb();
    await underLoad(
      async () => postgres.freeze(),
      async () => {
        usualMs += await slowestOf(CROWD, () => look('/healthz'));
        const crowd = await Promise.all(Array.from({ length: CROWD }, () => buy()));
        for (const reply of crowd) expectTurnedAway(reply);
        expect(memoryMb() - before).toBeLessThan(200);
        postgres.thaw();
      },
    );
  });

  it('does not keep a server from ending', async () => {
    postgres.freeze();
    const startedAt = performance.now();
    await server.stop('SIGTERM').finally(() => postgres.thaw());
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_MS_MAX + usualMs);
  });

  it('for a locked table has requests turned away, and does not pile up what nobody waits for', async () => {
    const hold = await holder('BEGIN; LOCK TABLE events');
    await underLoad(hold.take, async () => {
      for (let round = 0; round < 3; round++) {
        const readers = Array.from({ length: READERS }, () => look('/v1/events'));
        for (const reply of await Promise.all(readers)) expectTurnedAway(reply);
      }
      // Each reader of one round, and what a server has besides.
      expect(await sessions()).toBeLessThan(2 * READERS);
      await hold.letGo();
    });
  });

  it('for the head of the log has commands turned away, and answers reads', async () => {
    const hold = await holder('BEGIN; SELECT FROM log_head FOR UPDATE');
    await underLoad(hold.take, async () => {
      expect((await look()).status).toBe(200);
      expectTurnedAway(await buy());
      await hold.letGo();
    });
  });

  it('for one level delays only what needs it', async () => {
    const hold = await holder(`BEGIN; SELECT FROM levels WHERE id = ${APPLE} FOR UPDATE`);
    await hold.take();
    const held = buy('apple');
    const others: number[] = [];
    for (let n = 0; n < 30; n++) {
      const reply = await buy('pear');
      expect(reply.status).toBe(201);
      others.push(reply.ms);
    }
    expect(Math.max(...others)).toBeLessThan(1_000 + usualMs);
    // Whoever holds it is no server of ours, which would be ended: so this is given up.
    expectTurnedAway(await held);
    await hold.letGo();
    expect((await buy('apple')).status).toBe(201);
  });

  it('for one level gives back holds of others that are due', async () => {
    const body = (sku: string) => ({ ...oneOf(sku), ttlSeconds: 1 });
    for (const sku of ['apple', 'pear']) await ask(url, '/v1/reservations', { body: body(sku) });
    const hold = await holder(`BEGIN; SELECT FROM levels WHERE id = ${APPLE} FOR UPDATE`);
    await hold.take();
    // The commits that meet the held row wait for it one after another, which takes most of the usual patience.
    const deadline = performance.now() + 2 * RECOVERY_MS_MAX;
    const free = async () => (await look('/v1/stock/pear/north')).body['available'];
    // Nobody is told when a hold has come back, so it is asked for.
    while ((await free()) !== 100_000 && performance.now() < deadline) await sleep(100);
    expect(await free()).toBe(100_000);
    await hold.letGo();
  });
});

describe('PostgreSQL that takes no', () => {
  it.runIf(canMakeDisks())(
    'rows, for its disk is full, is read, and has commands turned away',
    async () => {
      const disk = await smallDisk(postgres, 40);
      const small = await createTestDatabase({ server: postgres, tablespace: disk.tablespace });
      const onSmall = workshop.serve(small.url, '--log-level', 'error');
      url = await onSmall.url();
      await stock(url, 100_000, 'apple');
      disk.fill();
      const buyers = new Buyers(8);
      await untilReadyIs(503);
      expect((await look()).status).toBe(200);
      disk.free();
      await untilReadyIs(200);
      await buyers.leave();
      for (const reply of buyers.replies) if (reply.status !== 201) expectTurnedAway(reply);
      expect((await buy()).status).toBe(201);
      expect(await workshop.run(['verify', '--database', small.url])).toMatchObject({ code: 0 });
      await onSmall.stop('SIGKILL');
      await small.drop();
      await disk.remove();
    },
  );

  it('more connections has requests turned away until there is room', async () => {
    const limit = (count: number) => `ALTER DATABASE ${nameOf(database)} CONNECTION LIMIT ${count}`;
    await asOrdinaryRole(async () => {
      await underLoad(
        async () => {
          await onServer(limit(0));
          proxy.cut();
        },
        async () => {
          expectTurnedAway(await buy());
          await onServer(limit(-1));
        },
      );
    });
  });

  it('password that it took before has requests turned away, and no message has the password', async () => {
    await asOrdinaryRole(async (role, password) => {
      await underLoad(
        async () => {
          await onServer(`ALTER ROLE ${role} PASSWORD 'another'`);
          proxy.cut();
        },
        async () => {
          const { code, err } = await workshop.run([
            'serve',
            '--port',
            '0',
            '--database',
            proxyUrl,
          ]);
          expect(code).not.toBe(0);
          expect(err).toMatch(/the database cannot be used: password authentication failed/);
          expect(err).not.toContain(password);
          await onServer(`ALTER ROLE ${role} PASSWORD '${password}'`);
        },
      );
      expect(server.err).toContain('password authentication failed');
      expect(server.err + server.out).not.toContain(password);
    });
  });

  it('writes, being a standby, is read, and has commands turned away', async () => {
    const standby = await postgres.replica();
    onTestFinished(() => standby.close());
    const address = new URL(standby.urlOf(nameOf(database)));
    const reader = workshop.serve(address.href, '--log-level', 'error');
    url = await reader.url();
    expect((await look()).status).toBe(200);
    expectTurnedAway(await buy());
    await untilReadyIs(503);
    await reader.stop();
  });
});

function memoryMb(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

function nameOf({ url: address }: PostgresDatabase): string {
  return new URL(address).pathname.slice(1);
}

async function onServer(text: string): Promise<void> {
  await connected(postgres.url, (client) => client.query(text));
}

/** How many sessions the database has. */
async function sessions(): Promise<number> {
  return await connected(database.url, async (client) => {
    const { rows } = await client.query(
      'SELECT FROM pg_stat_activity WHERE datname = current_database()',
    );
    return rows.length;
  });
}

/** Another program that takes a lock and then sits there. */
async function holder(text: string) {
  const client = new Client({ connectionString: database.url });
  // It ends with the database.
  client.on('error', () => undefined);
  await client.connect();
  return {
    take: async (): Promise<void> => {
      await client.query(text);
    },
    letGo: async (): Promise<void> => {
      await client.query('ROLLBACK');
    },
  };
}

let proxyUrl = '';

/** Puts a server in the place of the usual one, whose role is no superuser and owns all tables. */
async function asOrdinaryRole(
  work: (role: string, password: string) => Promise<void>,
): Promise<void> {
  const role = `role_${nameOf(database)}`;
  const password = 'the-secret-password';
  await onServer(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  await onServer(`ALTER DATABASE ${nameOf(database)} OWNER TO ${role}`);
  await connected(database.url, (client) =>
    client.query(`REASSIGN OWNED BY holdfast TO ${role}`),
  ).catch(() => undefined);
  await connected(database.url, (client) =>
    client.query(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    ),
  );
  const address = new URL(proxy.url);
  address.username = role;
  address.password = password;
  proxyUrl = address.href;
  await server.stop('SIGKILL');
  server = workshop.serve(proxyUrl, '--log-level', 'error');
  url = await server.url();
  try {
    await work(role, password);
  } finally {
    await server.stop('SIGKILL');
    await onServer(`ALTER DATABASE ${nameOf(database)} OWNER TO holdfast`);
    await connected(database.url, (client) => client.query(`DROP OWNED BY ${role}`));
    await onServer(`DROP ROLE ${role}`);
  }
}
