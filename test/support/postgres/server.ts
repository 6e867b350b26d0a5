import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { otherAccount } from './account.ts';
import { type Binaries, findBinaries, type Source } from './binaries.ts';
import { Daemon } from './daemon.ts';
import { withDescendants } from './descendants.ts';
import { freePort } from './freePort.ts';
import { scratchFolder } from './scratch.ts';

const run = promisify(execFile);

const ROLE = 'holdfast';
const READY = /database system is ready to accept (read-only )?connections/;
const PORT_TAKEN = /could not create any TCP\/IP sockets/;
const START_ATTEMPTS_MAX = 5;

/** The rest is as PostgreSQL has it, above all fsync and synchronous_commit: durability is what is tested. */
const SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  log_checkpoints: 'off',
  // A commit waits for a lock for 250 ms, and PostgreSQL looks for deadlocks after a second: it would count none.
  deadlock_timeout: '20ms',
};

/** Parameters of the server by name, as in `postgresql.conf`. */
export type Settings = Readonly<Record<string, string>>;

/** `fast` ends all sessions; `immediate` is a crash: nothing is written any more, and the next start recovers. */
export type StopMode = 'fast' | 'immediate';

export interface PostgresOptions {
  /** Added to those of all tests, or in their place. */
  readonly settings?: Settings;
  /** Where PostgreSQL comes from; HOLDFAST_TEST_POSTGRES, or whatever there is, unless given. */
  readonly source?: Source;
}

/**
 * Makes and starts a PostgreSQL of the caller's own, on loopback with a port and a password of its own, which ends
 * when this process ends. It takes about a second; tests that need no server of their own use `createTestDatabase`.
 * @throws when there is no PostgreSQL, or when it does not start; the message has its log
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = scratchFolder();
  try {
    const binaries = findBinaries(folder, options.source);
    const password = randomUUID();
    await initialize(binaries, folder, password);
    const server = new PostgresServer(binaries, folder, password, options.settings ?? {});
    await server.startAnywhere();
    return server;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * A PostgreSQL that a test has for itself. It is running, stopped, or frozen: then its processes are there and its
 * connections open, but nothing in it moves. It keeps its address and its data until it is closed.
 */
export class PostgresServer {
  readonly source: Source;
  /** As in `15.18`. */
  readonly version: string;
  readonly #binaries: Binaries;
  readonly #folder: string;
  readonly #password: string;
  #settings: Settings;
  #port = 0;
  #daemon: Daemon | undefined;
  #frozen: number[] = [];

  constructor(binaries: Binaries, folder: string, password: string, settings: Settings) {
    this.source = binaries.source;
    this.version = binaries.version;
    this.#binaries = binaries;
    this.#folder = folder;
    this.#password = password;
    this.#settings = { ...SETTINGS, ...settings };
  }

  /** The address of the database `postgres`, as a superuser. */
  get url(): string {
    return this.urlOf('postgres');
  }

  urlOf(database: string): string {
    return `postgres://${ROLE}:${this.#password}@127.0.0.1:${this.#port}/${database}`;
  }

  /** Of the process that is the parent of all others; a new one after each start. */
  get pid(): number {
    return this.#running.pid;
  }

  /** The newest part of what it has logged. */
  get log(): string {
    return this.#running.log;
  }

  /** The first start: the port is settled here. */
  async startAnywhere(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.#port = await freePort();
      try {
        await this.start();
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS_MAX || !PORT_TAKEN.test(String(error))) throw error;
      }
    }
  }

  /**
   * Starts it after `stop`.
   * @param settings changes for this start and later ones
   */
  async start(settings: Settings = {}): Promise<void> {
    if (this.#daemon?.running === true) throw new Error('PostgreSQL is running already');
    this.#settings = { ...this.#settings, ...settings };
    const words = Object.entries(this.#settings).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    this.#daemon = await Daemon.start({
      command: path.join(this.#binaries.folder, 'postgres'),
      args: ['-D', path.join(this.#folder, 'data'), '-p', String(this.#port), ...words],
      folder: this.#folder,
      ready: READY,
      // A fast shutdown.
      deathSignal: 'INT',
    });
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    this.thaw();
    if (this.#daemon?.running !== true) return;
    if (mode === 'fast') this.#daemon.kill('SIGINT');
    else this.#crash(this.#daemon);
    await this.#daemon.closed;
  }

  async restart(mode: StopMode = 'fast', settings: Settings = {}): Promise<void> {
    await this.stop(mode);
    await this.start(settings);
  }

  /** Stops all of its processes where they are, as a machine does that hangs. */
  freeze(): void {
    // The parent first, so that it starts no more of them.
    this.#signal([this.pid], 'SIGSTOP');
    this.#frozen = withDescendants(this.pid);
    this.#signal(this.#frozen, 'SIGSTOP');
  }

  thaw(): void {
    this.#signal(this.#frozen, 'SIGCONT');
    this.#frozen = [];
  }

  /**
   * A server that follows this one and answers reads; it is closed on its own. This one is stopped for a moment, so that
   * its files can be copied, and comes back.
   */
  async replica(): Promise<PostgresServer> {
    await this.stop();
    const folder = scratchFolder();
    await run('cp', ['-a', path.join(this.#folder, 'data'), folder]);
    await this.start();
    writeFileSync(path.join(folder, 'data', 'standby.signal'), '');
    const from = `host=127.0.0.1 port=${this.#port} user=${ROLE} password=${this.#password}`;
    const settings = { ...this.#settings, primary_conninfo: from };
    const replica = new PostgresServer(this.#binaries, folder, this.#password, settings);
    await replica.startAnywhere();
    return replica;
  }

  /** Stops it and removes its data. */
  async close(): Promise<void> {
    await this.stop('immediate');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #running(): Daemon {
    if (this.#daemon === undefined) throw new Error('PostgreSQL has not been started');
    return this.#daemon;
  }

  /** The parent stays to free the shared memory. It kills the others too, but grants them five seconds first. */
  #crash(daemon: Daemon): void {
    const others = withDescendants(daemon.pid).filter((pid) => pid !== daemon.pid);
    daemon.kill('SIGQUIT');
    this.#signal(others, 'SIGKILL');
  }

  #signal(pids: readonly number[], signal: NodeJS.Signals): void {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }
}

/** Makes the data folder. Its default collation is not that of bytes, so that what relies on bytes is really tested. */
async function initialize(binaries: Binaries, folder: string, password: string): Promise<void> {
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, password);
  chmodSync(passwordFile, 0o644);
  const args = [
    ...['-D', path.join(folder, 'data'), '-U', ROLE, `--pwfile=${passwordFile}`],
    ...['--auth=password', '--encoding=UTF8', '--locale=C', '--no-sync'],
  ];
  const initdb = path.join(binaries.folder, 'initdb');
  const options = { cwd: folder, ...otherAccount() };
  try {
    await run(initdb, [...args, '--locale-provider=icu', '--icu-locale=en-US'], options);
  } catch {
    // Version 14, or made without ICU.
    await run(initdb, args, options);
  }
}
