import { afterAll, expect, it, vi } from 'vitest';
import { connected, createTestDatabase } from '../support/postgres/testDatabase.ts';
import { Workshop } from '../support/processes.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const START_MS_MAX = 30_000;

const workshop = new Workshop();
afterAll(() => workshop.close());

it('ends when it is told to, also while it waits for the database to open', async () => {
  const database = await createTestDatabase();
  await connected(database.url, async (client) => {
    await client.query('BEGIN; LOCK TABLE holdfast_migrations');
    const started = workshop.serve(database.url);
    const waiting = `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE NOT granted AND datname = current_database()`;
    await vi.waitFor(
      async () => expect((await client.query(waiting)).rowCount).toBe(1),
      START_MS_MAX,
    );
    const { code, err } = await started.stop('SIGINT');
    expect(code).toBe(1);
    expect(err).toContain('holdfast: told to stop (SIGINT) before the database was open\n');
  });
  await database.drop();
});
