import { once } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  type ClientConfig,
  type CustomTypesConfig,
  DatabaseError,
  Pool,
  type PoolConfig,
  types,
} from 'pg';
import type { StoreError } from '../../ledger/errors.ts';
import { DatabaseRefusedError } from '../refused.ts';
import { readParameters } from './addressParameters.ts';
import { isLostConnection, translated } from './errors.ts';
import type { Runner, Statement, Value } from './statement.ts';

/** How long it may take to connect. */
const CONNECT_MS_MAX = 2_000;

/** How long a connection may keep anybody waiting for an answer; then it is given up. */
const ANSWER_MS_MAX = 3_000;

/** How long a farewell may take; a server that hangs does not take it. */
const FAREWELL_MS_MAX = 500;

/** Marks the connections in the server's list of sessions. */
export const APPLICATION_NAME = 'holdfast';

const NO_ADDRESS =
  'that is no address; write postgres://user:password@host:port/database, and in the password %40 for @, %2F for /, %3A for :, %3F for ?, %23 for # and %25 for %';

const SCHEME = /^postgres(ql)?:\/\//;

const INT8 = 20;
const NUMERIC = 1700;

/** Where the database is, and what stands between. */
export interface Address {
  readonly url: string;
  /** False behind a PgBouncer in transaction mode: each transaction may be on another connection of the server. */
  readonly ownSession: boolean;
}

/**
 * Reads a `postgres://` address. The parameter `pgbouncer=true` says that a connection pooler gives out the server's
 * connections for one transaction each; it is not passed on. `sslmode` means what it means to PostgreSQL's own clients
 * (`require` encrypts, and trusts whom it meets), which the driver has to be told.
 * @throws {DatabaseRefusedError}
 */
export function readAddress(text: string): Address {
  const [place = '', query = ''] = text.split('?');
  // Where a socket in a folder is meant, there is no host.
  const isPlace = SCHEME.test(place) && URL.canParse(place.replace('@/', '@localhost/'));
  if (!isPlace) throw new DatabaseRefusedError(NO_ADDRESS);
  const parameters = readParameters(query);
  const ownSession = parameters.get('pgbouncer') !== 'true';
  parameters.delete('pgbouncer');
  if (parameters.has('sslmode')) parameters.set('uselibpqcompat', 'true');
  return { url: parameters.size > 0 ? `${place}?${parameters}` : place, ownSession };
}

/** Balances and positions are 64-bit in the database and below 2^53 by its constraints, so a number holds them. */
const NUMBERS: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === INT8 || oid === NUMERIC ? Number : types.getTypeParser(oid, format),
};

/**
 * The server, too, gives up a statement that takes too long: it does not notice that nobody waits for it any more, and
 * statements that hang would use up its connections. A pooler takes no such parameter; it has a bound of its own.
 */
function clientConfig({ url, ownSession }: Address, answerMsMax: number): ClientConfig {
  return {
    connectionString: url,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: answerMsMax,
    ...(ownSession && { statement_timeout: answerMsMax }),
    keepAlive: true,
    types: NUMBERS,
  };
}

export interface ConnectionOptions {
  /** How long an answer may take, in milliseconds; 0 for as long as it takes. */
  readonly answerMsMax?: number;
}

/**
 * One connection, on which statements are sent without waiting for the answers of those before them. It is never
 * mended: what has met a fault of the connection is thrown away, and another one is opened.
 */
export class Connection implements Runner {
  readonly #client: Client;
  readonly #socket: Socket;
  /** See `Address`. */
  readonly ownSession: boolean;
  readonly #answerMsMax: number;
  #moreMs = 0;
  #usable = true;

  private constructor(address: Address, { answerMsMax = ANSWER_MS_MAX }: ConnectionOptions) {
    this.#socket = new Socket();
    this.ownSession = address.ownSession;
    this.#answerMsMax = answerMsMax;
    this.#client = new Client({
      ...clientConfig(address, answerMsMax),
      pipeline: true,
      stream: () => this.#socket,
    });
    // Whoever waits for an answer is told there.
    this.#client.on('error', () => {
      this.#usable = false;
    });
    this.#client.on('end', () => {
      this.#usable = false;
    });
  }

  /** @throws {StoreUnavailableError} */
  static async open(address: Address, options: ConnectionOptions = {}): Promise<Connection> {
    const connection = new Connection(address, options);
    try {
      await connection.#client.connect();
      return connection;
    } catch (error) {
      connection.destroy();
      throw translated(error);
    }
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** Lets the answers to what is sent from now on take so much longer than usual. */
  allow(moreMs: number): void {
    this.#moreMs = moreMs;
  }

  async run<Row>({ name, text }: Statement<Row>, values: readonly Value[] = []): Promise<Row[]> {
    const query = {
      text,
      values: [...values],
      ...(this.ownSession && { name }),
      ...(this.#moreMs > 0 && { query_timeout: this.#answerMsMax + this.#moreMs }),
    };
    try {
      const { rows } = await this.#client.query<Row & object>(query);
      return rows;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Runs statements that have no parameters and whose rows nobody wants. */
  async script(text: string): Promise<void> {
    try {
      await this.#client.query(text);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** What the server says of a statement leaves the connection usable, unless it is the last that it says. */
  #failed(error: unknown): StoreError {
    const isAboutStatement = error instanceof DatabaseError && error.severity === 'ERROR';
    if (!isAboutStatement) this.destroy();
    return translated(error);
  }

  /** Sends everything that `work` asks for in one piece. */
  together<T>(work: () => T): T {
    this.#socket.cork();
    try {
      return work();
    } finally {
      this.#socket.uncork();
    }
  }

  /** Calls `listener` with the payload of each notification on the channel. */
  async listen(channel: string, listener: (payload: string) => void): Promise<void> {
    this.#client.on('notification', ({ payload }) => listener(payload ?? ''));
    await this.run({ name: `listen_${channel}`, text: `LISTEN ${channel}` });
  }

  /** Called once, when the connection has ended for whatever reason. */
  onEnd(listener: () => void): void {
    this.#client.once('end', listener);
  }

  async close(): Promise<void> {
    if (this.#usable) await inTime(this.#client.end());
    this.destroy();
  }

  /** Ends it without a farewell, with all that waits for an answer on it. */
  destroy(): void {
    this.#usable = false;
    this.#socket.destroy();
  }
}

/** Connections for reads, and for what does no harm when it is done twice; each used by one statement at a time. */
export class ReadPool implements Runner {
  readonly #pool: Pool;
  readonly #sockets = new Set<Socket>();
  readonly #ownSession: boolean;
  #opened = 0;

  constructor(address: Address, size: number) {
    const config: PoolConfig = {
      ...clientConfig(address, ANSWER_MS_MAX),
      max: size,
      stream: () => this.#newSocket(),
    };
    this.#pool = new Pool(config);
    this.#ownSession = address.ownSession;
    // A connection that breaks while nobody uses it is replaced by the next one that is needed.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', () => {
      this.#opened += 1;
    });
  }

  /** How many connections it has opened so far. While that stays the same, it has been one and the same server. */
  get opened(): number {
    return this.#opened;
  }

  /** How many connections are open. */
  get size(): number {
    return this.#pool.totalCount;
  }

  /** How many statements wait for one. */
  get waiting(): number {
    return this.#pool.waitingCount;
  }

  /** A connection that broke while nobody used it is found out by the next statement, which then takes another one. */
  async run<Row>(wanted: Statement<Row>, values: readonly Value[] = []): Promise<Row[]> {
    try {
      return await this.#query(wanted, values).catch((error: unknown) => {
        if (!isLostConnection(error)) throw error;
        return this.#query(wanted, values);
      });
    } catch (error) {
      throw translated(error);
    }
  }

  async #query<Row>({ name, text }: Statement<Row>, values: readonly Value[]): Promise<Row[]> {
    const query = { text, values: [...values], ...(this.#ownSession && { name }) };
    const { rows } = await this.#pool.query<Row & object>(query);
    return rows;
  }

  async close(): Promise<void> {
    await this.#pool.end();
    await inTime(Promise.allSettled([...this.#sockets].map((socket) => once(socket, 'close'))));
    for (const socket of this.#sockets) socket.destroy();
  }

  #newSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/** Waits for a farewell, but not for long. */
async function inTime(farewell: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const late = sleep(FAREWELL_MS_MAX, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([farewell, late]);
  done.abort();
}
