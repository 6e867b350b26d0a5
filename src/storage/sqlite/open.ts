import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../ledger/errors.ts';
import type { Clock } from '../../ledger/ports.ts';
import type { Storage } from '../storage.ts';
import { SqliteArchiveStore } from './archive.ts';
import { SqliteBooksStore } from './books.ts';
import { Checkpointer, type OnWarning } from './checkpoint.ts';
import { SqliteLedgerStore } from './commit.ts';
import { openReader, openWriter } from './connection.ts';
import { translated } from './errors.ts';
import { SqliteIncarnation } from './incarnation.ts';
import { migrate } from './migrate.ts';
import { patiently } from './patience.ts';
import { SqliteQueryStore } from './queries.ts';

export interface SqliteOptions {
  /** File of the database; it is made when it is not there, with the folders above it. */
  readonly path: string;
  readonly clock: Clock;
  /** Name of the node. Given, the database must have it; a new database takes it, or else `local`. */
  readonly node?: string;
  /** Told of what went wrong without harm, such as a checkpoint that will be tried again. */
  readonly onWarning?: OnWarning;
}

/**
 * Opens a database and brings it to the schema of this program. Other processes may have it open at the same time.
 * @throws {StoreUnavailableError} the file cannot be opened or written
 * @throws {DatabaseRefusedError} newer schema, another node's database, or not a database of ours
 */
export async function openSqliteStorage(options: SqliteOptions): Promise<Storage> {
  const file = path.resolve(options.path);
  const writer = await openFile(file);
  try {
    const node = await migrate(writer, options.node);
    const reader = await patiently(() => openReader(file));
    return assemble({ file, node, writer, reader }, options);
  } catch (error) {
    writer.close();
    throw explained(error, file);
  }
}

async function openFile(file: string): Promise<DatabaseSync> {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return await patiently(() => openWriter(file));
  } catch (error) {
    throw explained(error, file);
  }
}

interface Opened {
  readonly file: string;
  readonly node: string;
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
}

function assemble(
  { file, node, writer, reader }: Opened,
  { clock, onWarning = () => {} }: SqliteOptions,
): Storage {
  const queries = new SqliteQueryStore(reader);
  const incarnation = new SqliteIncarnation(writer, file);
  const checkpointer = new Checkpointer(writer, file, onWarning);
  const ledger = new SqliteLedgerStore(writer, clock, checkpointer, (position) =>
    incarnation.reached(position),
  );
  const books = new SqliteBooksStore(file);
  const archive = new SqliteArchiveStore(file, clock);
  const close = async () => {
    // The last connection to close copies the write-ahead log into the file, which a reader could not do.
    await queries.close();
    await ledger.close();
    incarnation.close();
  };
  return { ledger, queries, books, archive, node, incarnation, close };
}

/** Says which file it is about. */
function explained(error: unknown, file: string): unknown {
  const meant = translated(error);
  const isFileError = meant instanceof StoreUnavailableError || isSystemError(meant);
  if (!isFileError) return meant;
  return new StoreUnavailableError(`cannot open the database ${file}: ${meant.message}`, {
    cause: error,
  });
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
