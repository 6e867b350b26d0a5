import { existsSync } from 'node:fs';
import { CommandError } from '../cli/exitCodes.ts';
import { hideCredentials } from '../config/addresses.ts';
import type { Config } from '../config/settings.ts';
import { StoreError } from '../ledger/errors.ts';
import type { Clock, Stopwatch } from '../ledger/ports.ts';
import { steadyClock } from '../ledger/steadyClock.ts';
import { readAddress } from '../storage/postgres/connection.ts';
import { openPostgresStorage } from '../storage/postgres/open.ts';
import { resetPostgres } from '../storage/postgres/reset.ts';
import { DatabaseRefusedError, NoLedgerError } from '../storage/refused.ts';
import { openSqliteStorage } from '../storage/sqlite/open.ts';
import { resetSqlite } from '../storage/sqlite/reset.ts';
import type { Storage } from '../storage/storage.ts';

export interface StorageRequest {
  readonly config: Pick<Config, 'database' | 'node'>;
  readonly machine: { readonly clock: Clock; readonly stopwatch: Stopwatch };
  /** Drives the log's time; the engine's own clock, made steady, if left out. */
  readonly clock?: Clock;
  /** Address of a replica, for lists that may be a little old. */
  readonly readDatabase?: string | null;
  /** Refuse to make a database where there is none. */
  readonly mustExist?: boolean;
  /** Opens also what an earlier restore has left unfinished. */
  readonly forRestore?: boolean;
  /** Told of what went wrong without harm. */
  readonly onWarning?: (message: string, error?: unknown) => void;
}

/** There is no database, and none was to be made. */
export class NoDatabaseError extends CommandError {
  override readonly name = 'NoDatabaseError';
}

/** A storage engine, by what its addresses begin with. */
interface Engine {
  open(address: string, request: StorageRequest): Promise<Storage>;
  reset(address: string): Promise<void>;
}

const NO_REPLICA =
  'a database in a file has no replicas; leave HOLDFAST_READ_DATABASE out, or set HOLDFAST_DATABASE to postgres://...';

const SQLITE: Engine = {
  async open(address, request) {
    const { config, machine, clock, mustExist, onWarning, readDatabase = null } = request;
    const { node } = config;
    if (readDatabase !== null) throw new CommandError(NO_REPLICA, 'usage');
    const path = filePath(address);
    if (mustExist === true && !existsSync(path)) {
      throw new NoDatabaseError(`there is no database at ${path}`);
    }
    const onJump = (aheadMs: number) =>
      onWarning?.(`the clock jumped ahead by ${aheadMs} ms; holds end later than it says`);
    const steady = steadyClock(machine.clock, machine.stopwatch, onJump);
    const storage = await openSqliteStorage({
      path,
      clock: clock ?? steady,
      ...(node !== null && { node }),
      ...(onWarning && { onWarning }),
    });
    steady.startFrom((await storage.queries.head()).time);
    return storage;
  },
  async reset(address) {
    resetSqlite(filePath(address));
  },
};

const POSTGRES: Engine = {
  async open(url, { config: { node }, machine, clock, mustExist, onWarning, readDatabase = null }) {
    checkAddress(url);
    if (readDatabase !== null) checkAddress(readDatabase);
    return openPostgresStorage({
      url,
      ...(readDatabase !== null && { readUrl: readDatabase }),
      machine,
      ...(node !== null && { node }),
      ...(clock && { clock }),
      ...(mustExist !== undefined && { mustExist }),
      ...(onWarning && { onWarning }),
    });
  },
  async reset(url) {
    checkAddress(url);
    await resetPostgres(readAddress(url));
  },
};

const ENGINES: ReadonlyMap<string, Engine> = new Map([
  ['sqlite', SQLITE],
  ['postgres', POSTGRES],
  ['postgresql', POSTGRES],
]);

/**
 * Opens the database of the settings.
 * @throws {CommandError} with a message for the user
 */
export async function openStorage(request: StorageRequest): Promise<Storage> {
  const { database } = request.config;
  const engine = engineOf(database);
  try {
    const storage = await engine.open(database, request);
    if (request.forRestore !== true) await refuseUnfinished(storage);
    return storage;
  } catch (error) {
    throw explained(error, database);
  }
}

/** A part of a ledger looks like a whole one. */
async function refuseUnfinished(storage: Storage): Promise<void> {
  try {
    if ((await storage.archive.frozen())?.reason !== 'restoring') return;
  } catch (error) {
    await storage.close();
    throw error;
  }
  await storage.close();
  throw new DatabaseRefusedError(
    'a ledger is being restored into the database, or that was broken off; restore it again, or reset it',
  );
}

/** @throws {CommandError} when somebody has it open, or it is not ours */
export async function resetDatabase({ database }: Config): Promise<void> {
  const engine = engineOf(database);
  try {
    await engine.reset(database);
  } catch (error) {
    throw explained(error, database);
  }
}

function engineOf(database: string): Engine {
  const name = database.slice(0, database.indexOf(':'));
  const engine = ENGINES.get(name);
  if (engine !== undefined) return engine;
  throw new CommandError(
    `there is no storage engine "${name}" for the database ${hideCredentials(database)}; expected sqlite:<path> or postgres://<user>@<host>/<database>`,
    'usage',
  );
}

/** @throws {CommandError} naming this address, before anything is done */
function checkAddress(address: string): void {
  try {
    readAddress(address);
  } catch (error) {
    if (!(error instanceof DatabaseRefusedError)) throw error;
    throw new CommandError(`${hideCredentials(address)}: ${error.message}`, 'usage');
  }
}

/** Programs do not agree on how many slashes make a path absolute, so none are taken. */
function filePath(address: string): string {
  const path = address.slice('sqlite:'.length);
  if (!path.startsWith('//')) return path;
  throw new CommandError(
    `the database ${address} has slashes after the colon; write sqlite:<path>, such as sqlite:./data/holdfast.db or sqlite:/var/lib/holdfast.db`,
    'usage',
  );
}

function explained(error: unknown, database: string): unknown {
  if (error instanceof StoreError) return new CommandError(error.message);
  if (!(error instanceof DatabaseRefusedError)) return error;
  const message = `${hideCredentials(database)}: ${error.message}`;
  return error instanceof NoLedgerError ? new NoDatabaseError(message) : new CommandError(message);
}
