import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Json, type Reply } from './api.ts';
import type { Started, Workshop } from './processes.ts';

/** How often a client asks before it gives up, and how long it waits between two tries, in milliseconds. */
const TRIES_MAX = 1_000;
const RETRY_MS = 50;

/** A command that was answered for good, with what it takes to ask again. */
export interface Answered {
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
  readonly status: number;
  readonly answer: Json;
}

export interface CommandOptions {
  readonly key?: string;
  /** Told of each try that has to be repeated. */
  readonly onRetry?: (why: unknown) => void;
}

/** Several servers of one ledger, and a client that sends each request to any of them. */
export class Servers {
  readonly #workshop: Workshop;
  readonly #database: string;
  readonly #fraction: () => number;
  readonly #running = new Map<Started, string>();

  /** @param fraction uniform in [0, 1): which server is asked */
  constructor(workshop: Workshop, database: string, fraction: () => number) {
    this.#workshop = workshop;
    this.#database = database;
    this.#fraction = fraction;
  }

  /** Starts one more, and waits until it answers. */
  async join(...flags: readonly string[]): Promise<Started> {
    const server = this.#workshop.serve(this.#database, ...flags);
    this.#running.set(server, await server.url());
    return server;
  }

  async start(count: number, ...flags: readonly string[]): Promise<readonly Started[]> {
    return await Promise.all(Array.from({ length: count }, () => this.join(...flags)));
  }

  /** Ends one with SIGKILL. Until it is gone, clients still try it. */
  async kill(server: Started): Promise<void> {
    await server.stop('SIGKILL');
    this.#running.delete(server);
  }

  /** Ends all that still run, in good order. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((server) => server.stop()));
    this.#running.clear();
  }

  /** Clients ask it no more, though it runs. */
  leaveOut(server: Started): void {
    this.#running.delete(server);
  }

  /** Of any server. */
  url(): string {
    const urls = [...this.#running.values()];
    const url = urls[Math.floor(this.#fraction() * urls.length)];
    if (url === undefined) throw new Error('no server runs');
    return url;
  }

  urls(): readonly string[] {
    return [...this.#running.values()];
  }

  /** Asks any server, and with the same key another one, until the answer is final. */
  async command(
    path: string,
    body: unknown,
    { key = randomUUID(), onRetry }: CommandOptions = {},
  ): Promise<Answered> {
    for (let tries = 1; ; tries++) {
      const reply = await this.#try(path, body, key).catch((error: unknown) => error);
      if (isFinal(reply)) return { path, body, key, status: reply.status, answer: reply.body };
      onRetry?.(reply);
      if (tries === TRIES_MAX) throw new Error(`${path} is not answered`, { cause: reply });
      await sleep(RETRY_MS);
    }
  }

  #try(path: string, body: unknown, key: string): Promise<Reply> {
    return ask(this.url(), path, { body, headers: { 'idempotency-key': key } });
  }
}

function isFinal(reply: unknown): reply is Reply {
  return typeof reply === 'object' && reply !== null && 'status' in reply && !isUnsettled(reply);
}

function isUnsettled({ status }: { readonly status: unknown }): boolean {
  return typeof status === 'number' && status >= 500;
}
