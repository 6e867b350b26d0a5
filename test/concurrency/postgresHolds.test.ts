import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, stock } from '../support/api.ts';
import { logUntil } from '../support/eventStream.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { Servers } from '../support/postgresServers.ts';
import { Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

const SERVERS = 4;
const SKUS = ['apple', 'pear', 'plum'];
const HOLDS = 400;
const LINES = SKUS.length * HOLDS;
/** Holds come back within a second; on a busy test machine it may be more. */
const LATE_MS_MAX = 3_000;

const { fraction } = seededRandom(20261120);
let workshop: Workshop;
let database: PostgresDatabase;
let servers: Servers;
beforeAll(async () => {
  workshop = new Workshop();
  database = await createTestDatabase();
  servers = new Servers(workshop, database.url, fraction);
}, 60_000);
afterAll(async () => {
  await servers.stop();
  await database.drop();
  await workshop.close();
});

interface Held {
  readonly id: string;
  readonly expiresAt: number;
}

/** One unit of every SKU, for a second. */
async function hold(): Promise<Held> {
  const lines = SKUS.map((sku) => ({ sku, location: 'north', quantity: 1 }));
  const { status, answer } = await servers.command('/v1/reservations', { lines, ttlSeconds: 1 });
  expect(status).toBe(201);
  return { id: String(answer['id']), expiresAt: Date.parse(String(answer['expiresAt'])) };
}

const isExpiry = ({ type }: Json): boolean => type === 'expire';

describe('holds that are over, with four servers that sweep', () => {
  it('come back once for each line and in time, though two of the servers are killed', async () => {
    const [first, second] = await servers.start(SERVERS);
    await stock(servers.url(), HOLDS, ...SKUS);
    const held = Promise.all(Array.from({ length: HOLDS }, hold));
    const ends = new Map((await held).map(({ id, expiresAt }) => [id, expiresAt]));
    if (first) await servers.kill(first);
    if (second) await servers.kill(second);

    await logUntil(servers.url(), (events) => events.filter(isExpiry).length >= LINES);
    // What is swept later still is before the next hold in the log.
    const settled = await hold();
    const all = await logUntil(servers.url(), (events) =>
      events.some((event) => isExpiry(event) && event['reservationId'] === settled.id),
    );
    const lineOf = ({ reservationId, sku }: Json): string => `${reservationId} ${sku}`;
    const expired = all.filter((event) => isExpiry(event) && event['reservationId'] !== settled.id);
    expect(expired).toHaveLength(LINES);
    expect(new Set(expired.map(lineOf)).size).toBe(LINES);

    const lateMs = expired.map(
      ({ time, reservationId }) =>
        Date.parse(String(time)) - (ends.get(String(reservationId)) ?? Number.NaN),
    );
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...lateMs)).toBeLessThan(LATE_MS_MAX);
    expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
  }, 180_000);
});
