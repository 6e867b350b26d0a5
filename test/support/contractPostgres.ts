import { createRuntime } from '../../src/start/runtime.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import type { DatabaseOptions, TestDatabase } from '../contract/engine.ts';
import { lendDatabase } from './postgres/lentDatabase.ts';

export interface PostgresTestDatabase extends TestDatabase {
  /** Its address, for a test that goes behind the engine's back. */
  readonly url: string;
}

/** A new database whose log goes by the clock of the test. */
export function createPostgresDatabase(options: DatabaseOptions): Promise<PostgresTestDatabase> {
  return create(options, options.clock);
}

/** A new database whose log goes by the clock of PostgreSQL. */
export function createPostgresDatabaseWithItsClock(
  options: DatabaseOptions,
): Promise<PostgresTestDatabase> {
  return create(options, undefined);
}

async function create(
  { node }: DatabaseOptions,
  clock: DatabaseOptions['clock'] | undefined,
): Promise<PostgresTestDatabase> {
  const { url, drop } = await lendDatabase(node);
  const machine = createRuntime();
  return {
    url,
    open: () => openPostgresStorage({ url, node, machine, ...(clock && { clock }) }),
    remove: drop,
  };
}
