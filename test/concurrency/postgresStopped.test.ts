import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ask, oneOf, stock, wholeLog } from '../support/api.ts';
import type { FrontendMessage } from '../support/postgres/frontendMessages.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { Servers } from '../support/postgresServers.ts';
import { Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

// How long a command takes while all servers run is measured first, and comes on top of what a stopped one may cost: the
// machine may be busy with other things.

/** How long a stopped server may delay commands that need its rows. */
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
 * A proxy that can keep back the rest of a commit from some message on, so that its transaction stands there with its
 * locks, and the server that sent it hears nothing any more.
 */
async function stoppingProxy() {
  const proxy = await TcpProxy.to(database.url);
  onTestFinished(() => proxy.close());
  let isLast: ((message: FrontendMessage) => boolean) | undefined;
  let onStopped = (): void => undefined;
  proxy.onFrontendMessage((message) => {
    if (!isLast?.(message)) return 'forward';
    isLast = undefined;
    proxy.freeze();
    onStopped();
    return 'holdBack';
  });
  /** @returns when the next such message has come, which does not get through */
  const stopAt = (wanted: (message: FrontendMessage) => boolean): Promise<void> =>
    new Promise((resolve) => {
      isLast = wanted;
      onStopped = resolve;
    });
  return { proxy, stopAt };
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

const SKUS = ['apple', 'pear', 'plum', 'quince'];

const ORDERS = 20;

/** Two servers get some orders of each SKU. @returns how long the slowest of each took, in milliseconds */
async function orderAll(): Promise<ReadonlyMap<string, number>> {
  const slowest = new Map<string, number>();
  const orders = Array.from({ length: ORDERS * SKUS.length }, async (_, n) => {
    await sleep(n * 10);
    const sku = SKUS[n % SKUS.length] ?? '';
    const ms = await timed(servers.url(), sku);
    slowest.set(sku, Math.max(ms, slowest.get(sku) ?? 0));
  });
  await Promise.all(orders);
  return slowest;
}

/**
 * Cuts off a server that sells an apple, at some message, and lets it go on after two others have taken many orders.
 * The apple is sold once, and all is in order.
 * @returns how much longer the slowest order of each SKU took than the slowest of all did before, in milliseconds
 */
async function cutOff(
  isLast: (message: FrontendMessage) => boolean,
): Promise<{ readonly [sku: string]: number }> {
  const { proxy, stopAt } = await stoppingProxy();
  const stopped = workshop.serve(proxy.url);
  const stoppedUrl = await stopped.url();
  await servers.start(2);
  await stock(servers.url(), 1_000, ...SKUS);
  const usualMs = Math.max(...(await orderAll()).values());

  const body = { type: 'sell', sku: 'apple', location: 'north', quantity: 1 };
  const key = randomUUID();
  const stopping = stopAt(isLast);
  const answer = ask(stoppedUrl, '/v1/movements', { body, headers: { 'idempotency-key': key } });
  await stopping;
  const slowest = await orderAll();
  proxy.thaw();
  proxy.letThrough();
  expect([201, 503]).toContain((await answer).status);
  await servers.command('/v1/movements', body, { key });
  const level = (await ask(servers.url(), '/v1/stock/apple/north')).body;
  expect([level['available'], level['reserved']]).toEqual([1_000 - 2 * ORDERS - 1, 2 * ORDERS]);
  expect((await ask(stoppedUrl, '/v1/stock/apple/north')).body).toEqual(level);
  await verified();
  await stopped.stop();
  return Object.fromEntries([...slowest].map(([sku, ms]) => [sku, ms - usualMs]));
}

const writes = ({ text }: FrontendMessage): boolean => text.includes('UPDATE log_head');

describe('a server that is cut off in the middle of a transaction, and goes on later', () => {
  it.each([
    ['before it writes', (message: FrontendMessage) => writes(message)],
    ['while it writes', (message: FrontendMessage) => writes(message) && message.type === 'E'],
  ])(
    '%s delays what needs its rows for two seconds at most',
    async (_, isLast) => {
      const { apple, ...others } = await cutOff(isLast);
      expect(apple).toBeLessThan(DELAY_MS_MAX);
      expect(Math.max(...Object.values(others))).toBeLessThan(OTHERS_DELAY_MS_MAX);
    },
    180_000,
  );

  it('and has the head of the log delays all for two seconds at most', async () => {
    let hasWritten = false;
    const slowest = await cutOff((message) => {
      hasWritten ||= writes(message);
      return hasWritten && message.text === 'COMMIT' && message.type === 'E';
    });
    expect(Math.max(...Object.values(slowest))).toBeLessThan(DELAY_MS_MAX);
  }, 180_000);
});

describe('a server that is stopped again and again under load', () => {
  const ROUNDS = 3;
  const UNDISTURBED_MS = 1_000;
  const STOPPED_MS = 3_000;
  const CLIENTS = 32;
  const MANY_SKUS = Array.from({ length: 16 }, (_, i) => `sku-${i}`);

  it('delays others for two seconds at most, and goes on with nothing lost or done twice', async () => {
    const [unlucky, ...others] = await servers.start(3);
    if (!unlucky) throw new Error('no server');
    await stock(servers.url(), 1_000_000, ...MANY_SKUS);
    const healthy = await Promise.all(others.map((server) => server.url()));
    const delays: number[] = [];
    let isOver = false;
    let reserved = 0;
    const order = () => oneOf(MANY_SKUS[Math.floor(fraction() * MANY_SKUS.length)] ?? '');
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
    await sleep(UNDISTURBED_MS);
    const usualMs = Math.max(...delays);
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(200 + fraction() * 300);
      unlucky.child.kill('SIGSTOP');
      await sleep(STOPPED_MS);
      unlucky.child.kill('SIGCONT');
    }
    isOver = true;
    await Promise.all(load);

    expect(Math.max(...delays) - usualMs).toBeLessThan(DELAY_MS_MAX);
    const log = await wholeLog(servers.url());
    const made = log.flatMap(({ type, reservationId }) =>
      type === 'reserve' ? [reservationId] : [],
    );
    expect([made.length, new Set(made).size]).toEqual([reserved, reserved]);
    await verified();
  }, 180_000);
});
