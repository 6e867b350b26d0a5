import type { Clock, Stopwatch } from '../../ledger/ports.ts';
import type { Storage } from '../storage.ts';
import { Announcements } from './announcements.ts';
import { PostgresArchiveStore } from './archive.ts';
import { PostgresBooksStore } from './books.ts';
import { PostgresLedgerStore } from './commit.ts';
import { type Address, Connection, ReadPool, readAddress } from './connection.ts';
import { DatabaseClock, GivenTime, type LedgerTime } from './databaseClock.ts';
import { figuresOf } from './figures.ts';
import { PostgresIncarnation } from './incarnation.ts';
import { migrate } from './migrate.ts';
import { PostgresQueryStore } from './queries.ts';
import { Replica } from './replica.ts';
import { statement } from './statement.ts';

/** How long the migration of a large database may take. */
const MIGRATION_MS_MAX = 3_600_000;

/** Connections for reads of one thing and single statements of one server. */
const POOL_SIZE = 8;

/** Connections for lists. They may take seconds, and whoever asks for one thing does not wait for them. */
const LISTS_POOL_SIZE = 4;

/** What no session can make good; a commit sees to `synchronous_commit` by itself. */
const UNSAFE_SETTINGS = statement<{ setting: string }>(
  'unsafe_settings',
  `SELECT name || '=' || setting AS setting FROM pg_settings
   WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on' ORDER BY name`,
);

export interface PostgresOptions {
  /** `postgres://...`, as the driver reads it; `pgbouncer=true` says what stands between (see `readAddress`). */
  readonly url: string;
  /** Name of the node. Given, the database must have it; a new database takes it, or else `local`. */
  readonly node?: string;
  /** Address of a replica, for lists that may be a little old. */
  readonly readUrl?: string;
  /** Refuse to make a ledger where there is none. */
  readonly mustExist?: boolean;
  /** Drives the log's time instead of the database's clock. */
  readonly clock?: Clock;
  /** This machine's, against which the database's clock is held. */
  readonly machine: { readonly clock: Clock; readonly stopwatch: Stopwatch };
  /** Told of what went wrong without harm. */
  readonly onWarning?: (message: string, error?: unknown) => void;
}

/**
 * Opens a database that any number of servers may share, and brings it to the schema of this program.
 * @throws {StoreUnavailableError} it cannot be reached or used
 * @throws {DatabaseRefusedError} newer schema, another node's database, or not a database of ours
 */
export async function openPostgresStorage(options: PostgresOptions): Promise<Storage> {
  const address = readAddress(options.url);
  const node = await prepared(address, options);
  const pool = new ReadPool(address, POOL_SIZE);
  const announcements = new Announcements(address);
  const ledger = new PostgresLedgerStore({
    address,
    pool,
    stopwatch: options.machine.stopwatch,
    time: timeSource(options),
    onCommit: (position) => announcements.committed(position),
  });
  const queries = new PostgresQueryStore(pool);
  const listsPool = new ReadPool(address, LISTS_POOL_SIZE);
  const lists = new PostgresQueryStore(listsPool);
  const replica = openReplica(lists, options);
  return {
    ledger,
    queries,
    lists: replica?.lists ?? lists,
    books: new PostgresBooksStore(address),
    archive: new PostgresArchiveStore(address),
    node,
    incarnation: new PostgresIncarnation(pool),
    replaced: ledger.replaced,
    onForeignCommit: (listener) => announcements.listen(listener),
    figures: figuresOf({ pools: [pool, listsPool], announcements, replica }),
    async close() {
      await Promise.all([ledger.close(), announcements.close(), replica?.close()]);
      await Promise.all([queries.close(), lists.close()]);
    },
  };
}

/** It need not be there now: until it is, the ledger itself is read. */
function openReplica(
  primary: PostgresQueryStore,
  { readUrl, machine: { stopwatch }, onWarning = () => undefined }: PostgresOptions,
): Replica | undefined {
  if (readUrl === undefined) return undefined;
  const pool = new ReadPool(readAddress(readUrl), LISTS_POOL_SIZE);
  const copy = new PostgresQueryStore(pool);
  const replica = new Replica({ primary, replica: copy, stopwatch, onWarning });
  replica.watch();
  return replica;
}

async function prepared(
  address: Address,
  { node, mustExist, onWarning }: PostgresOptions,
): Promise<string> {
  const connection = await Connection.open(address, { answerMsMax: MIGRATION_MS_MAX });
  try {
    const name = await migrate(connection, node, mustExist);
    const unsafe = await connection.run(UNSAFE_SETTINGS);
    for (const { setting } of unsafe) {
      onWarning?.(
        `PostgreSQL runs with ${setting}: a crash of its machine can lose what was answered`,
      );
    }
    return name;
  } finally {
    await connection.close();
  }
}

function timeSource({ clock, machine, onWarning }: PostgresOptions): LedgerTime {
  if (clock) return new GivenTime(clock);
  const onJump = (aheadMs: number) =>
    onWarning?.(`the database's clock jumped ahead by ${aheadMs} ms; holds end later than it says`);
  return new DatabaseClock({ ...machine, onJump });
}
