import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { StoreUnavailableError } from '../../ledger/errors.ts';

/** What stands outside of a database. */
export interface Outside {
  /** The number that the database has. */
  readonly current: number;
  /** The number that it is about to get, or the same again. */
  readonly next: number;
  /** A position that its log has reached; it may be a little behind. */
  readonly position: number;
}

/** The position is in a place of its own, of a length of its own, for it is written over. */
const POSITION_DIGITS = 16;
const CONTENT = /^(\d+) (\d+)\n(\d{16})\n$/;
const NO_SENSE: Outside = { current: Number.NaN, next: Number.NaN, position: 0 };

/** A backup that is younger than this may go unnoticed. */
const NOTE_EVERY_MS = 1_000;

/**
 * A small file beside the database. The numbers are replaced durably. The position is only noted: after a power failure
 * it may be older, and it is never ahead of the database, whose commit was durable before.
 */
export class OutsideFile {
  readonly #path: string;
  /** Open from the first `replace` on. */
  #notes: { readonly file: number; readonly offset: number } | null = null;
  #position = 0;
  #notedAtMs = Number.NEGATIVE_INFINITY;

  constructor(database: string) {
    this.#path = outsidePath(database);
  }

  /** @returns undefined where there is no file; numbers that no database has where it is not one of ours */
  async read(): Promise<Outside | undefined> {
    try {
      return outsideOf(await readFile(this.#path, 'utf8'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#unavailable('read', error);
    }
  }

  /** Durable when it is done; a crash leaves the file as it was before or as it is to be. */
  async replace({ current, next, position }: Outside): Promise<void> {
    // Whoever opens the database at the same time has another one to rename.
    const fresh = `${this.#path}.${randomUUID()}.new`;
    const numbers = `${current} ${next}\n`;
    try {
      await writeDurably(fresh, `${numbers}${digits(position)}\n`);
      this.#closeNotes();
      await rename(fresh, this.#path);
      await syncFolder(path.dirname(this.#path));
      this.#notes = { file: openSync(this.#path, 'r+'), offset: numbers.length };
    } catch (error) {
      throw this.#unavailable('write', error);
    }
  }

  /** Notes what the log has reached, now and then. Does nothing before the first `replace`. */
  note(position: number): void {
    this.#position = position;
    if (this.#notes === null || performance.now() - this.#notedAtMs < NOTE_EVERY_MS) return;
    this.#write();
  }

  close(): void {
    if (this.#position > 0) this.#write();
    this.#closeNotes();
  }

  /** What cannot be noted is noted the next time: at worst an old backup goes unnoticed. */
  #write(): void {
    if (this.#notes === null) return;
    const { file, offset } = this.#notes;
    this.#notedAtMs = performance.now();
    try {
      writeSync(file, Buffer.from(digits(this.#position)), 0, POSITION_DIGITS, offset);
    } catch {
      // The disk is full, or gone; the database will say so.
    }
  }

  #closeNotes(): void {
    if (this.#notes !== null) closeSync(this.#notes.file);
    this.#notes = null;
  }

  #unavailable(verb: 'read' | 'write', cause: unknown): StoreUnavailableError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new StoreUnavailableError(`cannot ${verb} ${this.#path}: ${why}`, { cause });
  }
}

export function outsidePath(database: string): string {
  return `${database}.incarnation`;
}

function outsideOf(text: string): Outside {
  const [, current, next, position] = CONTENT.exec(text) ?? [];
  if (current === undefined) return NO_SENSE;
  return { current: Number(current), next: Number(next), position: Number(position) };
}

function digits(position: number): string {
  return String(position).padStart(POSITION_DIGITS, '0');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
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
