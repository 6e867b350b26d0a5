import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseRefusedError, NoLedgerError } from '../refused.ts';
import type { Connection } from './connection.ts';
import { one, statement } from './statement.ts';
import { TABLES } from './tables.ts';

const DEFAULT_NODE = 'local';

const FOLDER = new URL('./migrations/', import.meta.url);
const FILE_NAME = /^(\d{6})_.+\.sql$/;

/** Of the lock that is held while a schema is made or changed: the letters "Hold". */
const MIGRATION_LOCK = 0x486f6c64;

const READ_ENCODING = statement<{ encoding: string }>(
  'server_encoding',
  "SELECT current_setting('server_encoding') AS encoding",
);
const TAKE_LOCK = statement('migration_lock', 'SELECT pg_advisory_xact_lock($1)');
const FIND_OURS = statement<Found>(
  'find_schema',
  `SELECT current_schema() AS schema,
     (SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE pg_class.oid = to_regclass('holdfast_migrations')) AS ours,
     (SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = current_schema()
        AND relname = ANY ('{${TABLES.join()}}')
      LIMIT 1) AS foreign`,
);
const READ_VERSION = statement<{ version: number }>(
  'schema_version',
  'SELECT coalesce(max(number), 0) AS version FROM holdfast_migrations',
);
const NOTE = statement('note_migration', 'INSERT INTO holdfast_migrations (number) VALUES ($1)');
const FOUND = statement('found_node', 'INSERT INTO node (id, name) VALUES (1, $1)');
const READ_NODE = statement<{ name: string }>('read_node', 'SELECT name FROM node');

const CREATE_MIGRATIONS = `
  CREATE TABLE holdfast_migrations (
    number integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

type Found = {
  /** The first schema on the search path, where tables are made. */
  readonly schema: string | null;
  /** The first one with a ledger. */
  readonly ours: string | null;
  /** A table of the first one that would be in our way. */
  readonly foreign: string | null;
};

interface Migration {
  readonly number: number;
  readonly file: string;
}

/**
 * Brings the schema to that of this program and gives the database its node name. Any number of servers may do this at
 * once: one of them migrates, the others wait and find it done. Needs no more than the right to create tables in the
 * schema that comes first on the role's search path.
 * @param node the name that the node must have, or undefined to take what is there
 * @param mustExist refuse to make a ledger where there is none
 * @returns the name of the node
 * @throws {DatabaseRefusedError} newer schema, another node's database, another encoding, tables of another program,
 *   or no ledger
 * @throws {StoreUnavailableError} the database cannot be used, or the role may not create tables
 */
export async function migrate(
  connection: Connection,
  node: string | undefined,
  mustExist = false,
): Promise<string> {
  await refuseOtherEncodings(connection);
  const migrations = listMigrations();
  const newest = newestOf(migrations);
  const version = await readVersion(connection, newest);
  if (version === 0 && mustExist) {
    throw new NoLedgerError('there is no ledger in the database');
  }
  if (version < newest) {
    await inTransaction(connection, () => applyMissing(connection, migrations, node));
  }
  return checkNode(connection, node);
}

/**
 * @returns the number of the ledger's schema; 0 where there is no ledger
 * @throws {DatabaseRefusedError} newer schema, or tables of another program
 */
export function schemaVersion(connection: Connection): Promise<number> {
  return readVersion(connection, newestOf(listMigrations()));
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.number ?? 0;
}

/** Others cannot hold every name, and order them in another way. */
async function refuseOtherEncodings(connection: Connection): Promise<void> {
  const encoding = (await one(connection, READ_ENCODING))?.encoding;
  if (encoding === 'UTF8') return;
  throw new DatabaseRefusedError(
    `the database has the encoding ${encoding}; make one with ENCODING 'UTF8'`,
  );
}

function listMigrations(): Migration[] {
  return readdirSync(FOLDER)
    .flatMap((file) => {
      const number = FILE_NAME.exec(file)?.[1];
      return number === undefined ? [] : [{ number: Number(number), file }];
    })
    .sort((a, b) => a.number - b.number);
}

/** @returns the number of the schema; 0 where there is none */
async function readVersion(connection: Connection, newest: number): Promise<number> {
  const { schema = null, ours = null, foreign = null } = (await one(connection, FIND_OURS)) ?? {};
  if (ours === null && foreign === null) return 0;
  if (ours === null) {
    throw new DatabaseRefusedError(
      `the database has a table "${foreign}" of another program; choose another database, or another schema by the role's search_path`,
    );
  }
  if (ours !== schema) {
    throw new DatabaseRefusedError(
      `the role's search_path begins with the schema "${schema}", which has no ledger, and comes to one in "${ours}" later; set it to the schema that is meant`,
    );
  }
  const version = (await one(connection, READ_VERSION))?.version ?? 0;
  if (version <= newest) return version;
  throw new DatabaseRefusedError(
    `the database has schema ${version}, but this version of Holdfast knows schemas up to ${newest}; ` +
      'use the version of Holdfast that made it, or a newer one',
  );
}

async function applyMissing(
  connection: Connection,
  migrations: readonly Migration[],
  node: string | undefined,
): Promise<void> {
  await connection.run(TAKE_LOCK, [MIGRATION_LOCK]);
  // Read again under the lock: another server may have been faster.
  const version = await readVersion(connection, newestOf(migrations));
  if (version === 0) await connection.script(CREATE_MIGRATIONS);
  for (const { number, file } of migrations) {
    if (number <= version) continue;
    await connection.script(readFileSync(new URL(file, FOLDER), 'utf8'));
    await connection.run(NOTE, [number]);
  }
  if (version === 0) await connection.run(FOUND, [node ?? DEFAULT_NODE]);
}

/** The schema as a whole, or nothing of it. */
async function inTransaction(connection: Connection, work: () => Promise<void>): Promise<void> {
  await connection.script('BEGIN');
  try {
    await work();
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await connection.script('ROLLBACK').catch(() => undefined);
    throw error;
  }
  await connection.script('COMMIT');
}

async function checkNode(connection: Connection, wanted: string | undefined): Promise<string> {
  const known = (await one(connection, READ_NODE))?.name;
  if (known === undefined) {
    throw new DatabaseRefusedError('the database has lost the name of its node; it is damaged');
  }
  if (wanted !== undefined && wanted !== known) {
    throw new DatabaseRefusedError(
      `the database belongs to the node "${known}", not to "${wanted}"; a log keeps its node for ever`,
    );
  }
  return known;
}
