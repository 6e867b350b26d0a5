import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import type { DatabaseOptions, TestDatabase } from '../contract/engine.ts';

export interface SqliteDatabase extends TestDatabase {
  /** The file, for a test that goes behind the engine's back. */
  readonly path: string;
}

/** A new database file in a folder of its own. */
export async function createSqliteDatabase({
  node,
  clock,
}: DatabaseOptions): Promise<SqliteDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-contract-'));
  const file = path.join(folder, 'holdfast.db');
  return {
    path: file,
    open: () => openSqliteStorage({ path: file, clock, node }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
