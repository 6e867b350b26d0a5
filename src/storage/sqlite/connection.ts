import { DatabaseSync } from 'node:sqlite';
import { translated } from './errors.ts';

/** How long a writer waits for another process before it says that there is a conflict. It blocks the thread. */
const WRITER_WAIT_MS = 50;
/** Readers wait only while another process repairs the log after a crash. */
const READER_WAIT_MS = 5_000;
const CACHE_KIB = 64 * 1024;
/** What the write-ahead log is cut down to after it grew, in bytes. */
const LOG_FILE_BYTES_MAX = 64 * 1024 * 1024;

// Measured with 300 reservations a commit: with 500 pages between checkpoints the slowest commit in a hundred takes
// 5 ms, with 4,000 pages 15 ms; pages of 8 KiB save a fifth of the time over 4 KiB when commits touch many levels.
// The page size takes effect in a new file only.
//
// `secure_delete=FAST` blanks what is deleted wherever that costs no further write. Checkpoints are left to
// `checkpoint.ts`. `fullfsync` makes a flush reach the disk on macOS, and does nothing elsewhere.
const WRITER_SETTINGS = `
  PRAGMA page_size = 8192;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = ${LOG_FILE_BYTES_MAX};
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA temp_store = MEMORY;
  PRAGMA secure_delete = FAST;
`;

const READER_SETTINGS = `
  PRAGMA query_only = ON;
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA temp_store = MEMORY;
`;

const OPTIONS = { enableForeignKeyConstraints: false, allowExtension: false } as const;

/** @param waitMs how long to wait for other writers, in milliseconds */
export function openWriter(path: string, waitMs = WRITER_WAIT_MS): DatabaseSync {
  return configured(new DatabaseSync(path, { ...OPTIONS, timeout: waitMs }), WRITER_SETTINGS);
}

/** A connection that can only read. The database must have been opened by a writer before. */
export function openReader(path: string): DatabaseSync {
  const options = { ...OPTIONS, timeout: READER_WAIT_MS, readOnly: true };
  return configured(new DatabaseSync(path, options), READER_SETTINGS);
}

/** Closing the connection undoes what was not committed. */
export async function withConnection<T>(
  db: DatabaseSync,
  work: (db: DatabaseSync) => Promise<T>,
): Promise<T> {
  try {
    return await work(db);
  } catch (error) {
    throw translated(error);
  } finally {
    db.close();
  }
}

function configured(db: DatabaseSync, settings: string): DatabaseSync {
  try {
    db.exec(settings);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
