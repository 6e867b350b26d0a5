import { randomInt } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Incarnation } from '../../nodes/incarnation.ts';
import { translating } from './errors.ts';
import { HeadReader } from './head.ts';
import { OutsideFile } from './outsideFile.ts';
import { countOf } from './statement.ts';
import { Transactions } from './transactions.ts';

const READ = 'SELECT incarnation AS value FROM node';
const WRITE = 'UPDATE node SET incarnation = ?';
const WRITE_WHERE_LINKED = `${WRITE} WHERE EXISTS (SELECT 1 FROM links)`;

/** Of a database that was never proven. */
const UNBORN = 0;

/** Numbers are drawn, not counted: a database that went on from a backup must not come to the number of another one. */
const NUMBER_MAX = 2 ** 48 - 1;

/**
 * The number outside is in a file beside the database, which no copy or restore of the database itself brings along.
 * How far the log had come stands there as well, so that a backup of the running database is told from the database.
 */
export class SqliteIncarnation implements Incarnation {
  readonly #file: OutsideFile;
  readonly #head: HeadReader;
  readonly #transactions: Transactions;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  /** The proof before: they follow each other, whoever asks for them. */
  #last: Promise<void> = Promise.resolve();

  /** @param database the path of the file */
  constructor(db: DatabaseSync, database: string) {
    this.#file = new OutsideFile(database);
    this.#head = new HeadReader(db);
    this.#transactions = new Transactions(db);
    this.#read = db.prepare(READ);
    this.#write = db.prepare(WRITE);
  }

  async isProven(): Promise<boolean> {
    const outside = await this.#file.read();
    const { number, position } = this.#inside();
    if (outside === undefined) return number === UNBORN;
    const isOurs = number === outside.current || number === outside.next;
    return isOurs && position >= outside.position;
  }

  prove(): Promise<void> {
    const proof = this.#last.then(() => this.#prove());
    this.#last = proof.catch(() => undefined);
    return proof;
  }

  /** To be told what was committed. */
  reached(position: number): void {
    this.#file.note(position);
  }

  close(): void {
    this.#file.close();
  }

  /** With the last step the number before counts no more, so that a backup of just before is noticed. */
  async #prove(): Promise<void> {
    const { number: current, position } = this.#inside();
    const next = drawNumber();
    await this.#file.replace({ current, next, position });
    this.#transactions.immediate(() => this.#write.run(next));
    await this.#file.replace({ current: next, next, position });
  }

  #inside(): { readonly number: number; readonly position: number } {
    return translating(() => ({
      number: countOf(this.#read),
      position: this.#head.head().position,
    }));
  }
}

/** Gives the database a number that stands nowhere outside, where it has links. */
export function disprove(db: DatabaseSync): void {
  db.prepare(WRITE_WHERE_LINKED).run(drawNumber());
}

function drawNumber(): number {
  return randomInt(UNBORN + 1, NUMBER_MAX);
}
