import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Daemon } from '../postgres/daemon.ts';
import { freePort } from '../postgres/freePort.ts';
import { scratchFolder } from '../postgres/scratch.ts';

const READY = /Server is ready/;

/** Where Debian puts it, which is on the path of root only. */
const PLACES = ['nats-server', '/usr/sbin/nats-server'];

/** Whether this machine has one; tests that need it are skipped where it has not. */
export function hasNatsServer(): boolean {
  return findNatsServer() !== undefined;
}

/** @returns the path or name of the program */
function findNatsServer(): string | undefined {
  return PLACES.find((place) => spawnSync(place, ['--version']).status === 0);
}

export interface NatsOptions {
  /** Added to the configuration file: users, limits, a cluster. */
  readonly configuration?: string;
  /** Added to the settings of JetStream, such as a domain; null leaves JetStream out. */
  readonly jetStream?: string | null;
}

/**
 * Starts a server of NATS of the caller's own, with JetStream, on a free port of loopback. It ends with this process.
 * @throws where there is none, or when it does not start
 */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const server = new NatsServer(options);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * A server that a test has for itself: running, or killed. It keeps its port and what it has stored until it is closed.
 */
export class NatsServer {
  readonly #folder = scratchFolder();
  readonly #options: NatsOptions;
  #daemon: Daemon | undefined;
  /** Chosen at the first start, and kept afterwards. */
  #port: number | undefined;

  constructor(options: NatsOptions = {}) {
    this.#options = options;
  }

  /** Its address, without a user. */
  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error('it was never started');
    return this.#port;
  }

  /** What it keeps of JetStream. */
  get storeFolder(): string {
    return path.join(this.#folder, 'store');
  }

  async start(): Promise<void> {
    const command = findNatsServer();
    if (command === undefined) throw new Error('this machine has no nats-server');
    this.#port ??= await freePort();
    const file = path.join(this.#folder, 'nats.conf');
    writeFileSync(file, this.#settings());
    this.#daemon = await Daemon.start({
      command,
      args: ['--config', file],
      folder: this.#folder,
      ready: READY,
      deathSignal: 'KILL',
    });
  }

  #settings(): string {
    const { configuration = '', jetStream = '' } = this.#options;
    const store =
      jetStream === null ? '' : `jetstream { store_dir: "${this.storeFolder}", ${jetStream} }`;
    return `listen: "127.0.0.1:${this.port}"\n${store}\n${configuration}\n`;
  }

  /** Ends it as a power cut would, but for what the system still writes to its disk. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#daemon?.kill(signal);
    await this.#daemon?.closed;
  }

  /** It is there and its connections are open, but nothing in it moves. */
  freeze(): void {
    this.#daemon?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#daemon?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
