import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { DatabaseRefusedError } from '../refused.ts';
import { patiently } from './patience.ts';
import { one } from './statement.ts';

/** Marks the file as ours in its header: the letters "Hold". */
const APPLICATION_ID = 0x486f6c64;

const DEFAULT_NODE = 'local';

const FOLDER = new URL('./migrations/', import.meta.url);
const FILE_NAME = /^(\d{6})_.+\.sql$/;

interface Migration {
  readonly number: number;
  readonly file: string;
}

/**
 * Brings the database to the schema of this program and gives it its node name. Any number of processes may do this at
 * once: one of them migrates, the others wait and find it done. The number of the schema stands in the file's header.
 * @param node the name that the node must have, or undefined to take what is there
 * @returns the name of the node
 * @throws {DatabaseRefusedError} newer schema, another node's database, or not a database of ours
 */
export async function migrate(db: DatabaseSync, node: string | undefined): Promise<string> {
  const migrations = listMigrations();
  const newest = migrations.at(-1)?.number ?? 0;
  const version = await patiently(() => lookAtVersion(db, newest));
  await patiently(() => db.exec('PRAGMA journal_mode = WAL'));
  // Looking on beside a busy server must not wait for its write lock.
  if (version < newest) await patiently(() => applyMissing(db, migrations, node));
  return checkNode(db, node);
}

function listMigrations(): Migration[] {
  return readdirSync(FOLDER)
    .flatMap((file) => {
      const number = FILE_NAME.exec(file)?.[1];
      return number === undefined ? [] : [{ number: Number(number), file }];
    })
    .sort((a, b) => a.number - b.number);
}

function applyMissing(
  db: DatabaseSync,
  migrations: readonly Migration[],
  node: string | undefined,
): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another process may have been faster.
    const version = readVersion(db, migrations.at(-1)?.number ?? 0);
    for (const { number, file } of migrations) {
      if (number <= version) continue;
      db.exec(readFileSync(new URL(file, FOLDER), 'utf8'));
      db.exec(`PRAGMA user_version = ${number}`);
    }
    if (version === 0) founded(db, node ?? DEFAULT_NODE);
    db.exec('COMMIT');
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

function founded(db: DatabaseSync, node: string): void {
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.prepare('INSERT INTO node (id, name) VALUES (1, ?)').run(node);
}

/** All at one moment: between two looks another process may make the database, which then seems to be nobody's. */
function lookAtVersion(db: DatabaseSync, newest: number): number {
  db.exec('BEGIN');
  try {
    return readVersion(db, newest);
  } finally {
    if (db.isTransaction) db.exec('COMMIT');
  }
}

/** @returns the number of the schema; 0 in an empty database */
function readVersion(db: DatabaseSync, newest: number): number {
  const version = pragma(db, 'user_version');
  const ours = isOurs(db);
  if (!ours && one(db.prepare('SELECT name FROM sqlite_schema LIMIT 1'))) {
    throw new DatabaseRefusedError(
      'the file is a database of another program; choose another path',
    );
  }
  if (ours && version > newest) {
    throw new DatabaseRefusedError(
      `the database has schema ${version}, but this version of Holdfast knows schemas up to ${newest}; ` +
        'use the version of Holdfast that made it, or a newer one',
    );
  }
  return ours ? version : 0;
}

/** Whether a Holdfast has made the database; an empty one is nobody's yet. */
export function isOurs(db: DatabaseSync): boolean {
  return pragma(db, 'application_id') === APPLICATION_ID;
}

function checkNode(db: DatabaseSync, wanted: string | undefined): string {
  const known = one<{ name: string }>(db.prepare('SELECT name FROM node'))?.name;
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

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return one<Record<string, number>>(db.prepare(`PRAGMA ${name}`))?.[name] ?? 0;
}
