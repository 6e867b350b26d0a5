import type { ServerFigures } from '../server/messages.ts';
import { LEDGER_SERVER, ServerProcess } from '../server/serverProcess.ts';
import { HUB } from './hubDatabase.ts';

/** What the hub says of a link. */
interface NodeView {
  readonly node: string;
  readonly connected: boolean | null;
  readonly received: { readonly position: number };
  readonly acknowledged: { readonly head: number };
}

export interface HubStart {
  readonly file: string;
  /** Where its output goes to. */
  readonly folder: string;
  /** Any that is free, if left out. */
  readonly port?: string;
  readonly nodeFlags?: readonly string[];
}

/** The hub as it ships, in a process of its own. */
export class BenchHub {
  readonly #process: ServerProcess;

  private constructor(process: ServerProcess) {
    this.#process = process;
  }

  /** Resolves when it listens. */
  static async start({ file, folder, port = '0', nodeFlags = [] }: HubStart): Promise<BenchHub> {
    const settings = { database: `sqlite:${file}`, node: HUB, port, requestLog: 'false' };
    const args = [JSON.stringify({ ...settings, logLevel: 'warn' })];
    return new BenchHub(
      await ServerProcess.start({ script: LEDGER_SERVER, args, folder, nodeFlags }),
    );
  }

  get url(): string {
    return this.#process.url;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  figures(): Promise<ServerFigures> {
    return this.#process.figures();
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
