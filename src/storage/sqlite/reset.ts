import { existsSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { DatabaseRefusedError } from '../refused.ts';
import { openWriter } from './connection.ts';
import { isBusy, translating } from './errors.ts';
import { isOurs } from './migrate.ts';
import { outsidePath } from './outsideFile.ts';
import { all, one } from './statement.ts';

const FOREIGN = 'the file holds no ledger of Holdfast; it was left alone';

/**
 * Removes everything from a database, so that the next start finds an empty one. The file itself stays: a server that
 * is just opening it would otherwise go on in a file that has no name any more.
 * @throws {DatabaseRefusedError} another process has it open, or it is not a database of ours
 */
export function resetSqlite(path: string): void {
  if (existsSync(path)) translating(() => resetFile(path));
}

function resetFile(path: string): void {
  const db = openWriter(path);
  try {
    if (!isOurs(db)) throw new DatabaseRefusedError(FOREIGN);
    lockOut(db);
    db.exec('BEGIN EXCLUSIVE');
    dropAll(db);
    db.exec('PRAGMA user_version = 0');
    db.exec('COMMIT');
    db.exec('VACUUM');
    rmSync(outsidePath(path), { force: true });
  } finally {
    db.close();
  }
}

/**
 * A database leaves write-ahead mode only when nobody else has it open: every open connection holds a lock on the file,
 * which the operating system takes back when a process dies, however it dies. The lock is then kept.
 */
function lockOut(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    const mode = one<{ journal_mode: string }>(db.prepare('PRAGMA journal_mode = DELETE'));
    if (mode?.journal_mode === 'delete') return;
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
  throw new DatabaseRefusedError('a server or another command has it open; stop that first');
}

function dropAll(db: DatabaseSync): void {
  const tables = all<{ name: string }>(
    db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"),
  );
  for (const { name } of tables) db.exec(`DROP TABLE "${name}"`);
}
