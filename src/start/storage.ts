import { existsSync } from 'node:fs';
import { CommandError } from '../cli/exitCodes.ts';
import { type Config, hideCredentials } from '../config.ts';
import { StoreError } from '../ledger/errors.ts';
import type { Clock } from '../ledger/ports.ts';
import { DatabaseRefusedError } from '../storage/refused.ts';
import { openSqliteStorage } from '../storage/sqlite/open.ts';
import { resetSqlite } from '../storage/sqlite/reset.ts';
import type { Storage } from '../storage/storage.ts';

export interface StorageRequest {
  readonly config: Pick<Config, 'database' | 'node'>;
  readonly clock: Clock;
  /** Refuse to make a database where there is none. */
  readonly mustExist?: boolean;
  /** Opens also what an earlier restore has left unfinished. */
  readonly forRestore?: boolean;
  /** Told of what went wrong without harm. */
  readonly onWarning?: (message: string, error: unknown) => void;
}

/** A storage engine, by what its addresses begin with; `rest` is what follows the colon. */
interface Engine {
  open(rest: string, request: StorageRequest): Promise<Storage>;
  reset(rest: string): void;
}

const SQLITE: Engine = {
  async open(rest, { config: { node }, clock, mustExist, onWarning }) {
    const path = filePath(rest);
    if (mustExist === true && !existsSync(path)) {
      throw new CommandError(`there is no database at ${path}`);
    }
    return openSqliteStorage({
      path,
      clock,
      ...(node !== null && { node }),
      ...(onWarning && { onWarning }),
    });
  },
  reset: (rest) => resetSqlite(filePath(rest)),
};

const POSTGRES: Engine = {
  open: refusePostgres,
  reset: refusePostgres,
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
  const { engine, rest } = engineOf(database);
  try {
    const storage = await engine.open(rest, request);
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
  const { engine, rest } = engineOf(database);
  try {
    engine.reset(rest);
  } catch (error) {
    throw explained(error, database);
  }
}

function engineOf(database: string): { readonly engine: Engine; readonly rest: string } {
  const name = database.slice(0, database.indexOf(':'));
  const engine = ENGINES.get(name);
  if (engine !== undefined) return { engine, rest: database.slice(name.length + 1) };
  throw new CommandError(
    `there is no storage engine "${name}" for the database ${hideCredentials(database)}; expected sqlite:<path>`,
    'usage',
  );
}

/** Programs do not agree on how many slashes make a path absolute, so none are taken. */
function filePath(rest: string): string {
  if (!rest.startsWith('//')) return rest;
  throw new CommandError(
    `the database sqlite:${rest} has slashes after the colon; write sqlite:<path>, such as sqlite:./data/holdfast.db or sqlite:/var/lib/holdfast.db`,
    'usage',
  );
}

function refusePostgres(): never {
  throw new CommandError(
    'Holdfast cannot keep its ledger in PostgreSQL yet; use sqlite:<path>',
    'usage',
  );
}

function explained(error: unknown, database: string): unknown {
  if (error instanceof StoreError) return new CommandError(error.message);
  if (!(error instanceof DatabaseRefusedError)) return error;
  return new CommandError(`${hideCredentials(database)}: ${error.message}`);
}
