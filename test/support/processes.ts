import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'src/main.ts');
const WAIT_MS = 120_000;
const POLL_MS = 20;

/** Processes that are started by the hundred need not strip and compile the same sources every time: 0.3 s, not 0.5. */
export const COMPILE_CACHE = path.join(ROOT, 'node_modules/.cache/holdfast-tests');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own. */
  readonly detached?: boolean;
}

/** A process that was started by a test, with what it has written so far. */
export class Started {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly #waiting = new Set<() => void>();
  readonly #ended: Promise<Ended>;
  /** Settled when nobody can write to its output any more: it and all of its children are gone. */
  readonly silent: Promise<unknown>;

  constructor(command: string, args: readonly string[], options: SpawnOptions) {
    const env = { ...cleanEnvironment(), ...options.env };
    const detached = options.detached === true;
    this.child = spawn(command, args, { cwd: ROOT, env, detached });
    this.child.stdout?.on('data', (chunk) => this.#heard('out', chunk));
    this.child.stderr?.on('data', (chunk) => this.#heard('err', chunk));
    this.silent = once(this.child, 'close').finally(() => this.#wake());
    this.#ended = once(this.child, 'exit').then(async ([code, signal]) => {
      await Promise.race([this.silent, after(POLL_MS * 10)]);
      return { code, signal, out: this.out, err: this.err };
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it did not start');
    return this.child.pid;
  }

  /** Waits for output that matches. @throws when it ends, or takes too long, without */
  async heard(stream: 'out' | 'err', pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match;
      if (this.child.stdout?.destroyed === true || Date.now() > deadline) {
        throw new Error(`no ${pattern} in:\n${this.out}\n${this.err}`);
      }
      await Promise.race([new Promise<void>((wake) => this.#waiting.add(wake)), after(1_000)]);
    }
  }

  /** Where the server answers, once it does. */
  async url(): Promise<string> {
    const [, url = ''] = await this.heard('out', /listens on (http:\S+)/i);
    return url;
  }

  async ended(): Promise<Ended> {
    const late = after(WAIT_MS).then(() => undefined);
    const ended = await Promise.race([this.#ended, late]);
    if (ended === undefined) throw new Error(`it did not end:\n${this.out}\n${this.err}`);
    return ended;
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended();
  }

  #heard(stream: 'out' | 'err', chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** The processes and folders of a test file, which are all gone afterwards. */
export class Workshop {
  readonly #started: Started[] = [];
  readonly folder = mkdtempSync(path.join(tmpdir(), 'holdfast-process-'));
  #databases = 0;

  /** Flags for a new database. */
  database(): string {
    this.#databases += 1;
    return `sqlite:${path.join(this.folder, `${this.#databases}.db`)}`;
  }

  holdfast(words: readonly string[], options: SpawnOptions = {}): Started {
    return this.start(process.execPath, [MAIN, ...words], options);
  }

  /** @returns what a command said that ends by itself */
  run(words: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
    return this.holdfast(words, options).ended();
  }

  serve(database: string, ...flags: readonly string[]): Started {
    return this.holdfast(['serve', '--port', '0', '--database', database, ...flags]);
  }

  start(command: string, args: readonly string[], options: SpawnOptions = {}): Started {
    const started = new Started(command, args, options);
    this.#started.push(started);
    return started;
  }

  async close(): Promise<void> {
    for (const started of this.#started) started.child.kill('SIGKILL');
    await Promise.all(this.#started.map(({ silent }) => silent));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether anybody listens at the address. */
export function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((result) => {
    socket.destroy();
    return result === true;
  });
}

/** The environment without what npm and vitest put into it for the process that runs this test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|HOLDFAST_|VITEST)/.test(name),
  );
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: COMPILE_CACHE };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
