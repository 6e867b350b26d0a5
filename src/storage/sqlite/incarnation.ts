import { randomInt } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../ledger/errors.ts';
import type { Incarnation } from '../../nodes/incarnation.ts';
import { translating } from './errors.ts';
import { countOf } from './statement.ts';
import { Transactions } from './transactions.ts';

const READ = 'SELECT incarnation AS value FROM node';
const WRITE = 'UPDATE node SET incarnation = ?';
const WRITE_WHERE_LINKED = `${WRITE} WHERE EXISTS (SELECT 1 FROM links)`;

/** Of a database that was never proven. */
const UNBORN = 0;

/** Numbers are drawn, not counted: a database that went on from a backup must not come to the number of another one. */
const NUMBER_MAX = 2 ** 48 - 1;

const CONTENT = /^(\d+) (\d+)\n$/;

/** What stands outside: the number that the database has, and the one that it is about to get, or the same again. */
interface Outside {
  readonly current: number;
  readonly next: number;
}

/** The number outside is in a file beside the database, which no copy or restore of the database itself brings along. */
export class SqliteIncarnation implements Incarnation {
  readonly #file: string;
  readonly #transactions: Transactions;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  /** The proof before: they follow each other, whoever asks for them. */
  #last: Promise<void> = Promise.resolve();

  /** @param database the path of the file */
  constructor(db: DatabaseSync, database: string) {
    this.#file = incarnationFile(database);
    this.#transactions = new Transactions(db);
    this.#read = db.prepare(READ);
    this.#write = db.prepare(WRITE);
  }

  async isProven(): Promise<boolean> {
    const outside = await readOutside(this.#file);
    const inside = this.#inside();
    if (outside === undefined) return inside === UNBORN;
    return inside === outside.current || inside === outside.next;
  }

  prove(): Promise<void> {
    const proof = this.#last.then(() => this.#prove());
    this.#last = proof.catch(() => undefined);
    return proof;
  }

  /** With the last step the number before counts no more, so that a backup of just before is noticed. */
  async #prove(): Promise<void> {
    const next = drawNumber();
    await writeOutside(this.#file, { current: this.#inside(), next });
    this.#transactions.immediate(() => this.#write.run(next));
    await writeOutside(this.#file, { current: next, next });
  }

  #inside(): number {
    return translating(() => countOf(this.#read));
  }
}

export function incarnationFile(database: string): string {
  return `${database}.incarnation`;
}

/** Gives the database a number that stands nowhere outside, where it has links. */
export function disprove(db: DatabaseSync): void {
  db.prepare(WRITE_WHERE_LINKED).run(drawNumber());
}

function drawNumber(): number {
  return randomInt(UNBORN + 1, NUMBER_MAX);
}

/** @returns undefined where there is no file; numbers that no database has where it is not one of ours */
async function readOutside(file: string): Promise<Outside | undefined> {
  try {
    return outsideOf(await readFile(file, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unavailable('read', file, error);
  }
}

function outsideOf(text: string): Outside {
  const [, current, next] = CONTENT.exec(text) ?? [];
  return { current: Number(current), next: Number(next) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Durable when it is done; a crash leaves the file as it was before or as it is to be. */
async function writeOutside(file: string, { current, next }: Outside): Promise<void> {
  const fresh = `${file}.new`;
  try {
    await writeDurably(fresh, `${current} ${next}\n`);
    await rename(fresh, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    throw unavailable('write', file, error);
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows knows no such thing: there a file has its name when it is closed. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unavailable(verb: 'read' | 'write', file: string, cause: unknown): StoreUnavailableError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnavailableError(`cannot ${verb} ${file}: ${why}`, { cause });
}
