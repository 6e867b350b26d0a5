import type { ServerFigures } from '../server/messages.ts';
import { LEDGER_SERVER, ServerProcess } from '../server/serverProcess.ts';
import { HUB, type HubDatabase } from './hubDatabase.ts';

/** What the hub says of a link. */
interface NodeView {
  readonly node: string;
  readonly connected: boolean | null;
  readonly received: { readonly position: number };
  readonly acknowledged: { readonly head: number };
}

export interface HubStart {
  readonly database: HubDatabase;
  /** Where its output goes to. */
  readonly folder: string;
  /** Any that is free, if left out. */
  readonly port?: string;
}

/** The hub as it ships, in a process of its own. */
export class BenchHub {
  readonly #process: ServerProcess;
  readonly #database: HubDatabase;
  /** Of the database's processes, before the hub was started. */
  readonly #cpuMsBefore: number;

  private constructor(process: ServerProcess, database: HubDatabase, cpuMsBefore: number) {
    this.#process = process;
    this.#database = database;
    this.#cpuMsBefore = cpuMsBefore;
  }

  /** Resolves when it listens. */
  static async start(start: HubStart): Promise<BenchHub> {
    const { database, folder, port = '0' } = start;
    const settings = { database: database.url, node: HUB, port, requestLog: 'false' };
    const args = [JSON.stringify({ ...settings, logLevel: 'warn' })];
    // With what it takes to tell what is in use from what is garbage.
    const nodeFlags = ['--expose-gc'];
    const cpuMsBefore = database.cpuMs();
    const process = await ServerProcess.start({ script: LEDGER_SERVER, args, folder, nodeFlags });
    return new BenchHub(process, database, cpuMsBefore);
  }

  get url(): string {
    return this.#process.url;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /**
   * The processor time is that of its database too, since the hub was started.
   * @param collect whether garbage is collected first
   */
  async figures(collect = false): Promise<ServerFigures> {
    const figures = await this.#process.figures(collect);
    const databaseMs = this.#database.cpuMs() - this.#cpuMsBefore;
    return { ...figures, cpuMs: figures.cpuMs + databaseMs };
  }

  /** @throws {Error} for an answer that is not a success */
  async ask<T>(method: string, route: string, body?: unknown): Promise<T> {
    const { status, text } = await this.try(method, route, body);
    if (status >= 400) throw new Error(`${method} ${route}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  async try(method: string, route: string, body?: unknown) {
    const response = await fetch(`${this.url}${route}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    return { status: response.status, text: await response.text() };
  }

  async nodes(): Promise<readonly NodeView[]> {
    const { data } = await this.ask<{ data: readonly NodeView[] }>('GET', '/v1/nodes?limit=1000');
    return data;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
