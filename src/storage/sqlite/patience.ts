import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './errors.ts';

/** How long a start waits for another process that is starting or ending. */
const WAIT_MS = 30_000;
const RETRY_MS = 20;

/**
 * Tries again while another process has the database. The engine waits by itself in most places, but not where waiting
 * could deadlock, as when the journal mode is changed or the last process to end puts the write-ahead log away.
 */
export async function patiently<T>(work: () => T): Promise<T> {
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += RETRY_MS) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      await sleep(RETRY_MS);
    }
  }
  return work();
}
