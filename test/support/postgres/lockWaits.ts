import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { connected } from './testDatabase.ts';

const LOOK_MS = 2;
const WAIT_MS_MAX = 5_000;

/**
 * A connection that is open before anybody waits: a commit waits a quarter of a second for a lock, and on a busy machine
 * it takes as long to connect.
 */
type Watch = Pick<Client, 'query'>;

export interface Awaited {
  /** How many sessions wait; one unless given. */
  readonly sessions?: number;
  /** Ends the wait. */
  readonly enough?: AbortSignal;
}

/**
 * @returns when sessions of the database wait for locks of others
 * @throws when they do not in good time
 */
export async function untilLockIsAwaited(
  watch: Watch,
  { sessions = 1, enough }: Awaited = {},
): Promise<void> {
  const waiting = "wait_event_type = 'Lock'";
  await untilThereAre(watch, { sessions, enough, which: waiting });
}

/** @returns when the database has done all it was asked to in some transaction that writes, and waits for its client */
export async function untilClientIsAwaited(watch: Watch): Promise<void> {
  await untilThereAre(watch, { which: "wait_event = 'ClientRead' AND backend_xid IS NOT NULL" });
}

interface Sessions {
  readonly which: string;
  readonly sessions?: number;
  readonly enough?: AbortSignal | undefined;
}

async function untilThereAre(
  watch: Watch,
  { which, sessions = 1, enough }: Sessions,
): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (enough?.aborted !== true) {
    const { rows } = await watch.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND ${which}`,
    );
    if (rows.length >= sessions) return;
    if (performance.now() > deadline) throw new Error(`there are no sessions with ${which}`);
    // The database does not tell anybody when somebody waits.
    await sleep(LOOK_MS);
  }
}

/** How many deadlocks the database has met; those of a session are sure to be counted when it has ended. */
export async function deadlocksOf(url: string): Promise<number> {
  return await connected(url, async (client) => {
    const { rows } = await client.query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(rows[0]?.deadlocks);
  });
}
