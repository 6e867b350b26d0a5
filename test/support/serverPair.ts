import { Client } from 'pg';
import type { Command } from '../../src/domain/commands.ts';
import type { ClaimedKey, Item } from '../../src/ledger/ledger.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { move } from './contractRows.ts';
import { Gate, STATEMENTS } from './postgres/gate.ts';
import { lendDatabase } from './postgres/lentDatabase.ts';
import { untilClientIsAwaited, untilLockIsAwaited } from './postgres/lockWaits.ts';
import { connected, type PostgresDatabase } from './postgres/testDatabase.ts';
import { PostgresTestServer } from './postgresLedger.ts';

/** What came of a command. */
export interface Came {
  /** A status, `created`, `done`, or the refusal's code. */
  readonly word: string;
  /** Whether an earlier answer was repeated. */
  readonly replayed: boolean;
}

/** What one of the two is asked. */
export type Asked = (server: PostgresTestServer) => Promise<Came>;

/**
 * By then whoever was asked has met the lock. On a very busy machine that is not always seen: who has waited for a while
 * only looks now and then whether it is free.
 */
const MEETING_MS_MAX = 1_000;

/** Two servers of one database, in this process; the first one can be stopped at any of its statements. */
export class ServerPair {
  readonly database: PostgresDatabase;
  readonly gate: Gate;
  readonly one: PostgresTestServer;
  readonly other: PostgresTestServer;
  /** Sees who waits for whom. */
  readonly watch: Client;
  #closed: Promise<unknown> | undefined;

  private constructor(
    database: PostgresDatabase,
    gate: Gate,
    [one, other]: readonly [PostgresTestServer, PostgresTestServer],
    watch: Client,
  ) {
    this.database = database;
    this.gate = gate;
    this.one = one;
    this.other = other;
    this.watch = watch;
  }

  static async open(): Promise<ServerPair> {
    const database = await lendDatabase('local');
    const gate = await Gate.before(database.url);
    const servers = await Promise.all([
      PostgresTestServer.open(gate.url),
      PostgresTestServer.open(database.url),
    ]);
    const watch = new Client({ connectionString: database.url });
    await Promise.all([watch.connect(), connectForCommits(servers[1])]);
    return new ServerPair(database, gate, servers, watch);
  }

  /**
   * The first server is asked, and stops with its locks just before it writes; then the other one is asked, and when it
   * waits for a lock or is done, the first goes on.
   */
  async race(first: Asked, second: Asked, stopAt = STATEMENTS.write): Promise<[Came, Came]> {
    const stopped = this.gate.stopAt(stopAt);
    const firstCame = first(this.one);
    await stopped;
    // What it has sent before is on its way still.
    if (stopAt === STATEMENTS.commit) await untilClientIsAwaited(this.watch);
    const done = new AbortController();
    const secondCame = second(this.other).finally(() => done.abort());
    const enough = AbortSignal.any([done.signal, AbortSignal.timeout(MEETING_MS_MAX)]);
    await untilLockIsAwaited(this.watch, { enough });
    this.gate.open();
    return Promise.all([firstCame, secondCame]);
  }

  /**
   * Both servers are asked while somebody else has locked what `lock` says; when both of them wait, that one lets go. Each
   * then goes on from where it has come to.
   */
  async meetAt(lock: string, first: Asked, second: Asked): Promise<[Came, Came]> {
    return await connected(this.database.url, async (client) => {
      await client.query(`BEGIN; ${lock}`);
      const came = Promise.all([first(this.one), second(this.other)]);
      const enough = AbortSignal.timeout(MEETING_MS_MAX);
      await untilLockIsAwaited(this.watch, { sessions: 2, enough });
      await client.query('ROLLBACK');
      return await came;
    });
  }

  /** The first server is asked, and stops just before it writes; then the other one is asked, and is done before it goes on. */
  async overtake(first: Asked, second: Asked): Promise<[Came, Came]> {
    const stopped = this.gate.stopAt(STATEMENTS.write);
    const firstCame = first(this.one);
    await stopped;
    const secondCame = await second(this.other);
    this.gate.open();
    return [await firstCame, secondCame];
  }

  /** What `holdfast verify` would say. */
  async findings(): Promise<readonly unknown[]> {
    return (await verifyBooks(this.one.storage.books)).findings;
  }

  /** How often each of them had to decide a commit again. */
  get retries(): [number, number] {
    return [this.one.figures.retries, this.other.figures.retries];
  }

  /** For a look at what is known of sessions when they have ended; `close` does the rest. */
  closeServers(): Promise<unknown> {
    this.#closed ??= Promise.all([this.one.close(), this.other.close()]);
    return this.#closed;
  }

  async close(): Promise<void> {
    await this.closeServers();
    await this.watch.end();
    this.gate.close();
    await this.database.drop();
  }
}

/**
 * A first commit, which changes nothing: a server connects for it, and when it meets another one, that one's time inside a
 * transaction is running.
 */
async function connectForCommits(server: PostgresTestServer): Promise<void> {
  await ask(server, [{ command: move('receive', 'nothing', 'nowhere', 1) }]);
}

export function asks(command: Command, key?: ClaimedKey): Asked {
  return (server) => ask(server, [{ command }], key);
}

export async function ask(
  { ledger }: PostgresTestServer,
  items: readonly Item[],
  key?: ClaimedKey,
): Promise<Came> {
  const work = { actor: 'ann', requestId: 'request-1', items, ...(key && { key }) };
  const answer = await ledger.submit(work);
  if (answer.kind !== 'done') return { word: answer.kind, replayed: false };
  const [item] = answer.items;
  if (!item) throw new Error('nothing was asked');
  const replayed = answer.replayed || item.replayed;
  const { outcome } = item;
  switch (outcome.kind) {
    case 'refused':
      return { word: outcome.refusal.code, replayed };
    case 'reservation':
      return { word: outcome.reservation.status, replayed };
    case 'product':
    case 'location':
      return { word: outcome.created ? 'created' : 'done', replayed };
    default:
      return { word: 'done', replayed };
  }
}
