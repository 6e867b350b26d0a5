import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ask, oneOf, stock, wholeLog } from '../support/api.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { Servers } from '../support/postgresServers.ts';
import { Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

/** How long a stopped server may delay commands that need its rows, and on a busy test machine. */
const DELAY_MS_MAX = 2_000 + 500;
/** The same for all others: about as long as a commit waits for a lock before it goes on without. */
const OTHERS_DELAY_MS_MAX = 1_000;

const { fraction } = seededRandom(20261120);
let workshop: Workshop;
let database: PostgresDatabase;
let servers: Servers;
beforeEach(async () => {
  workshop = new Workshop();
  database = await createTestDatabase();
  servers = new Servers(workshop, database.url, fraction);
}, 60_000);
afterEach(async () => {
  await servers.stop();
  await workshop.close();
  await database.drop();
});

/**
 * A proxy that can keep back what writes a commit, so that its transaction stands there with its locks.
 * @param parts of the message at which it begins to: the first one, or `E` after which its statement would run
 */
async function stoppingProxy(parts: string) {
  const proxy = await TcpProxy.to(database.url);
  onTestFinished(() => proxy.close());
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  let isArmed = false;
  proxy.onFrontendMessage(({ type, text }) => {
    if (!isArmed || !parts.includes(type) || !text.includes('UPDATE log_head')) return 'forward';
    isArmed = false;
    proxy.freeze();
    resolve();
    return 'holdBack';
  });
  const stopNext = async (): Promise<void> => {
    isArmed = true;
    await stopped;
  };
  return { proxy, stopNext };
}

async function timed(url: string, sku: string): Promise<number> {
  const startedAt = performance.now();
  const { status, body } = await ask(url, '/v1/reservations', { body: oneOf(sku) });
  expect({ status, body }).toMatchObject({ status: 201 });
  return performance.now() - startedAt;
}

async function verified(): Promise<void> {
  expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
}

describe('a server that is cut off in the middle of a transaction', () => {
  it('delays only what needs its rows, for two seconds at most, and does no harm later', async () => {
    const { proxy, stopNext } = await stoppingProxy('PBE');
    const stopped = workshop.serve(proxy.url);
    const stoppedUrl = await stopped.url();
    await servers.start(2);
    const skus = ['apple', 'pear', 'plum', 'quince'];
    await stock(servers.url(), 1_000, ...skus);

    const body = { type: 'sell', sku: 'apple', location: 'north', quantity: 1 };
    const headers = { 'idempotency-key': randomUUID() };
    const stopping = stopNext();
    const answer = ask(stoppedUrl, '/v1/movements', { body, headers });
    await stopping;
    const delays = await Promise.all(
      Array.from({ length: 80 }, async (_, n) => {
        await sleep(n * 10);
        const sku = skus[n % skus.length] ?? '';
        return { sku, ms: await timed(servers.url(), sku) };
      }),
    );
    const slowest = (of: (sku: string) => boolean): number =>
      Math.max(...delays.filter(({ sku }) => of(sku)).map(({ ms }) => ms));
    expect(slowest((sku) => sku === 'apple')).toBeLessThan(DELAY_MS_MAX);
    expect(slowest((sku) => sku !== 'apple')).toBeLessThan(OTHERS_DELAY_MS_MAX);

    proxy.thaw();
    proxy.letThrough();
    const { status } = await answer;
    expect([201, 503]).toContain(status);
    await servers.command('/v1/movements', body, { key: headers['idempotency-key'] });
    const apple = (await ask(servers.url(), '/v1/stock/apple/north')).body;
    expect([apple['available'], apple['reserved']]).toEqual([1_000 - 20 - 1, 20]);
    await ask(stoppedUrl, '/v1/reservations', { body: oneOf('apple') });
    await verified();
    await stopped.stop();
  }, 60_000);
});

describe('a server that is stopped again and again under load', () => {
  const ROUNDS = 4;
  const STOPPED_MS = 3_000;
  const CLIENTS = 32;
  const SKUS = Array.from({ length: 16 }, (_, i) => `sku-${i}`);

  it('delays others for two seconds at most, and goes on with nothing lost or done twice', async () => {
    const [unlucky, ...others] = await servers.start(3);
    if (!unlucky) throw new Error('no server');
    await stock(servers.url(), 1_000_000, ...SKUS);
    const healthy = await Promise.all(others.map((server) => server.url()));
    const delays: number[] = [];
    let isOver = false;
    let reserved = 0;
    const order = () => oneOf(SKUS[Math.floor(fraction() * SKUS.length)] ?? '');
    const askHealthy = async (): Promise<void> => {
      const startedAt = performance.now();
      const url = healthy[Math.floor(fraction() * healthy.length)] ?? '';
      expect((await ask(url, '/v1/reservations', { body: order() })).status).toBe(201);
      delays.push(performance.now() - startedAt);
    };
    /** What was sent to the unlucky one is settled when it goes on. */
    const askAny = () => servers.command('/v1/reservations', order());
    const load = Array.from({ length: CLIENTS }, async (_, client) => {
      while (!isOver) {
        await (client % 4 === 0 ? askAny() : askHealthy());
        reserved += 1;
      }
    });
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(200 + fraction() * 300);
      unlucky.child.kill('SIGSTOP');
      await sleep(STOPPED_MS);
      unlucky.child.kill('SIGCONT');
    }
    isOver = true;
    await Promise.all(load);

    expect(Math.max(...delays)).toBeLessThan(DELAY_MS_MAX);
    const log = await wholeLog(servers.url());
    const made = log.flatMap(({ type, reservationId }) =>
      type === 'reserve' ? [reservationId] : [],
    );
    expect([made.length, new Set(made).size]).toEqual([reserved, reserved]);
    await verified();
  }, 120_000);
});
