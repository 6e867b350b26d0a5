import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { type Address, Connection } from './connection.ts';
import { statement } from './statement.ts';

/** The payload of a notification is the position that the log has reached. */
const CHANNEL = 'holdfast_log';

/** The time between two announcements: a lone client commits a thousand times a second, and nobody reads that often. */
const PACE_MS = 5;

const RECONNECT_MS_FIRST = 50;
const RECONNECT_MS_MAX = 5_000;

/** How often a connection on which nothing comes is asked whether it is still there. */
const CHECK_MS = 30_000;

// Its transaction is its own and changes no row, so it neither delays a commit nor waits for the disk.
const NOTIFY = statement<never>('announce', `SELECT pg_notify('${CHANNEL}', $1::text)`);
const CHECK = statement<never>('announcements_check', 'SELECT 1');

export type Listener = (position: number) => void;

/**
 * News between the servers of one database, on a connection of its own: each tells the others where the log ends after
 * its commits, and hears from them. News makes readers quick and nothing else: what is lost is found by looking.
 *
 * States: `unused` (no connection; until the first commit or the first listener), `connecting` (tries again for ever),
 * `connected` (listens; announces the newest position, one at a time), `closed`. A connection that ends leads from
 * `connected` to `connecting`. Behind a pooler that gives out connections by the transaction nobody could listen, so
 * there it stays `unused`.
 */
export class Announcements {
  readonly #address: Address;
  readonly #onConnected: (connected: boolean) => void;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  #isUsed = false;
  #isAnnouncing = false;
  /** The newest position that was committed here, and the newest that was announced. */
  #committed = 0;
  #announced = 0;

  /** @param onConnected told whenever news begins to flow, and when it ends */
  constructor(address: Address, onConnected: (connected: boolean) => void = () => {}) {
    this.#address = address;
    this.#onConnected = onConnected;
  }

  /** Undefined where nobody has announced or listened yet, or nobody can. */
  get connected(): boolean | undefined {
    return this.#isUsed ? this.#connection !== undefined : undefined;
  }

  /** To be called after a commit with events. Takes no time and never throws. */
  committed(position: number): void {
    this.#committed = Math.max(this.#committed, position);
    this.#use();
    void this.#announce();
  }

  /**
   * Calls `listener` with positions that others say the log has reached. Some may be left out, and what comes is a
   * hint: whoever may use the database may notify.
   * @returns how to end it
   */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#use();
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close();
  }

  #use(): void {
    if (this.#isUsed || !this.#address.ownSession) return;
    this.#isUsed = true;
    void this.#stayConnected();
  }

  async #stayConnected(): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new ExponentialBackoff({
      initialDelay: RECONNECT_MS_FIRST,
      maxDelay: RECONNECT_MS_MAX,
    });
    const policy = retry(handleAll, { backoff }).dangerouslyUnref();
    try {
      for (;;) {
        const connection = await policy.execute(() => this.#open(), signal);
        await this.#serve(connection);
        await sleep(RECONNECT_MS_FIRST, undefined, { signal, ref: false });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #open(): Promise<Connection> {
    this.#closing.signal.throwIfAborted();
    const connection = await Connection.open(this.#address);
    try {
      await connection.listen(CHANNEL, (payload) => this.#hear(payload));
      this.#closing.signal.throwIfAborted();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Uses the connection until it ends. */
  async #serve(connection: Connection): Promise<void> {
    const ended = new Promise<void>((resolve) => connection.onEnd(resolve));
    if (!connection.usable) return;
    const checking = setInterval(() => void this.#ask(connection), CHECK_MS).unref();
    this.#connection = connection;
    this.#onConnected(true);
    void this.#announce();
    await ended;
    clearInterval(checking);
    this.#connection = undefined;
    this.#onConnected(false);
  }

  #hear(payload: string): void {
    const position = Number(payload);
    // What was announced here comes back, too.
    if (!Number.isSafeInteger(position) || position <= this.#committed) return;
    for (const listener of this.#listeners) listener(position);
  }

  /** One announcement is under way at most; what is committed meanwhile goes with the next one. */
  async #announce(): Promise<void> {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    while (this.#connection && this.#announced < this.#committed) {
      const position = this.#committed;
      if (await this.#tell(this.#connection, position)) this.#announced = position;
      await sleep(PACE_MS, undefined, { ref: false });
    }
    this.#isAnnouncing = false;
  }

  async #tell(connection: Connection, position: number): Promise<boolean> {
    return await answered(connection, () => connection.run(NOTIFY, [String(position)]));
  }

  async #ask(connection: Connection): Promise<void> {
    await answered(connection, () => connection.run(CHECK));
  }
}

/** A connection that does not answer is ended, so that another one takes its place. */
async function answered(connection: Connection, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    connection.destroy();
    return false;
  }
}
