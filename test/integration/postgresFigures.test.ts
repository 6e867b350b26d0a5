import { expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/observability/metrics.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { Announcements } from '../../src/storage/postgres/announcements.ts';
import { type Address, ReadPool, readAddress } from '../../src/storage/postgres/connection.ts';
import { figuresOf } from '../../src/storage/postgres/figures.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import { PostgresQueryStore } from '../../src/storage/postgres/queries.ts';
import { Replica } from '../../src/storage/postgres/replica.ts';
import type { StorageFigure } from '../../src/storage/storage.ts';
import { createTestDatabase } from '../support/postgres/testDatabase.ts';

async function makeAddress(): Promise<Address> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return readAddress(database.url);
}

function valuesOf(figures: readonly StorageFigure[]): Record<string, number | undefined> {
  return Object.fromEntries(figures.map(({ name, read }) => [name, read()]));
}

it('show whether news flows, how many connections are open, and from where lists come', async () => {
  const address = await makeAddress();
  let connected = () => {};
  const isConnected = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const announcements = new Announcements(address, connected);
  const pool = new ReadPool(address, 2);
  const primary = new PostgresQueryStore(pool);
  const copy = new PostgresQueryStore(new ReadPool(address, 1));
  const stopwatch = { elapsed: () => 1_000 };
  const parts = { primary, replica: copy, stopwatch, lookMsMax: 30_000 };
  const replica = new Replica({ ...parts, onWarning: () => {} });
  const figures = figuresOf({ pools: [pool], announcements, replica });
  expect(valuesOf(figures)).toEqual({
    database_read_connections: 0,
    database_reads_waiting: 0,
    replica_used: 0,
  });
  await replica.look();
  announcements.listen(() => {});
  await isConnected;
  expect(valuesOf(figures)).toEqual({
    database_read_connections: 1,
    database_reads_waiting: 0,
    news_connected: 1,
    replica_used: 1,
    replica_age_seconds: 0,
  });
  await Promise.all([announcements.close(), replica.close(), primary.close()]);
});

it('are among the metrics, as far as there is anything to tell', async () => {
  const { url } = await makeAddress();
  const storage = await openPostgresStorage({ url, machine: createRuntime() });
  const metrics = createMetrics({ version: '1', node: 'n', commitFailed: () => {} });
  metrics.watch({
    queueLength: () => 0,
    headPosition: async () => 0,
    feedStatus: () => ({ streams: 0, lagMax: 0, stalledMsMax: 0 }),
    isReady: () => true,
    ...(storage.figures && { figures: storage.figures }),
  });
  const text = await metrics.render();
  expect(text).toContain('\nholdfast_database_read_connections 0\n');
  expect(text).not.toMatch(/^holdfast_(news_connected|replica_used) /m);
  await storage.close();
});
