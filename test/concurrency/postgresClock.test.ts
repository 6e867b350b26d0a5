import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, type Json, oneOf, stock, wholeLog } from '../support/api.ts';
import { logUntil } from '../support/eventStream.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { shadowClock, shiftClock } from '../support/postgresClock.ts';
import { Servers } from '../support/postgresServers.ts';
import { Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

const LONG_TTL_SECONDS = 900;
/** Time may run up to twice as fast while the clock is ahead; these tests take no minute. */
const AHEAD_MS_MAX = 60_000;

const { fraction } = seededRandom(20261120);
let workshop: Workshop;
let database: PostgresDatabase;
let servers: Servers;
beforeEach(async () => {
  workshop = new Workshop();
  database = await createTestDatabase();
  await shadowClock(database.url);
  servers = new Servers(workshop, database.url, fraction);
  await servers.start(2);
  await stock(servers.url(), 1_000, 'apple');
}, 60_000);
afterEach(async () => {
  await servers.stop();
  await database.drop();
  await workshop.close();
});

async function hold(ttlSeconds: number): Promise<Json> {
  const { status, answer } = await servers.command('/v1/reservations', {
    ...oneOf('apple'),
    ttlSeconds,
  });
  expect(status).toBe(201);
  return answer;
}

async function holdMany(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await hold(LONG_TTL_SECONDS);
}

/** Waits until short holds were given back: every server has looked at its clock, and swept. */
async function untilSwept(): Promise<void> {
  const { id } = await hold(1);
  const isBack = ({ type, reservationId }: Json): boolean =>
    type === 'expire' && reservationId === id;
  await logUntil(servers.url(), (events) => events.some(isBack));
}

async function timesOfLog(): Promise<readonly number[]> {
  return (await wholeLog(servers.url())).map(({ time }) => Date.parse(String(time)));
}

interface Past {
  readonly asOf: string;
  readonly body: Json;
}

/** What any server says about the time of the newest event, which is over or just passing. */
async function askAboutNewest(): Promise<Past> {
  const asOf = String((await wholeLog(servers.url())).at(-1)?.['time']);
  return { asOf, body: await stockAt(asOf) };
}

async function stockAt(asOf: string): Promise<Json> {
  const { status, body } = await ask(
    servers.url(),
    `/v1/stock/apple/north?asOf=${encodeURIComponent(asOf)}`,
  );
  expect(status).toBe(200);
  return body;
}

async function expectSound(past: readonly Past[]): Promise<void> {
  const times = await timesOfLog();
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(Math.max(...times)).toBeLessThan(Date.now() + AHEAD_MS_MAX);
  for (const { asOf, body } of past) expect(await stockAt(asOf)).toEqual(body);
  expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
}

async function expiries(): Promise<number> {
  return (await wholeLog(servers.url())).filter(({ type }) => type === 'expire').length;
}

describe('a database whose clock is wrong', () => {
  it.each([
    ['2099', '73 years'],
    ['an hour ago', '-1 hour'],
  ])(
    'for a while, by going to %s and back, ends no hold and keeps times in order',
    async (_, by) => {
      const past: Past[] = [];
      await holdMany(20);
      past.push(await askAboutNewest());
      await shiftClock(database.url, by);
      await holdMany(20);
      past.push(await askAboutNewest());
      await servers.join();
      await holdMany(20);
      await untilSwept();
      past.push(await askAboutNewest());
      await shiftClock(database.url, '0');
      await servers.join();
      await holdMany(20);
      await untilSwept();
      past.push(await askAboutNewest());
      expect(await expiries()).toBe(2);
      await holdMany(20);
      await expectSound(past);
    },
    180_000,
  );

  it('since before a server joined that then is alone, ends no hold either', async () => {
    await holdMany(20);
    await servers.stop();
    await shiftClock(database.url, '73 years');
    await servers.join();
    await holdMany(20);
    const past = [await askAboutNewest()];
    await untilSwept();
    expect(await expiries()).toBe(1);
    await shiftClock(database.url, '0');
    await holdMany(20);
    await untilSwept();
    await expectSound(past);
  }, 180_000);
});
