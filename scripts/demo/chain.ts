import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Api } from './api.ts';
import { Line } from './line.ts';
import { holdfast, ServerProcess } from './processes.ts';

const HUB = 'hub';
export const SKU = 'MUG';

export interface ChainNode {
  readonly name: string;
  readonly database: string;
  readonly api: Api;
}

export interface Shop extends ChainNode {
  readonly location: string;
  /** Between the shop and the hub. */
  readonly line: Line;
}

/** A hub and its shops on this machine: a process, a port and a database for each. All is gone when it is closed. */
export class Chain {
  readonly #servers: ServerProcess[] = [];
  readonly #lines: Line[] = [];
  readonly #folder: string;
  #isClosed = false;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Chain> {
    return new Chain(await mkdtemp(path.join(tmpdir(), 'holdfast-stores-')));
  }

  async startHub(): Promise<ChainNode & { readonly url: string }> {
    const database = this.#database(HUB);
    const url = await this.#serve(['--node', HUB, '--database', database]);
    return { name: HUB, database, url, api: new Api(url) };
  }

  /** @param hub the hub's address */
  async startShop(name: string, location: string, hub: string, token: string): Promise<Shop> {
    const line = await Line.to(hub);
    this.#lines.push(line);
    const database = this.#database(name);
    // Units that move by themselves, a second later or two, would make other figures each time.
    const enrolled = ['--node', name, '--hub', line.url, '--token', token, '--balance-ms', '0'];
    const url = await this.#serve([...enrolled, '--database', database]);
    return { name, location, database, line, api: new Api(url) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#servers.map((server) => server.stop()));
    for (const line of this.#lines) line.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #database(name: string): string {
    return `sqlite:${path.join(this.#folder, `${name}.db`)}`;
  }

  async #serve(flags: readonly string[]): Promise<string> {
    // Whoever closes it does not wait for what is under way, which must not leave a server behind.
    if (this.#isClosed) throw new Error('it is closed');
    const server = new ServerProcess(['--port', '0', '--request-log', 'false', ...flags]);
    this.#servers.push(server);
    return server.url();
  }
}

/** At the hub. @returns the token that the shop's first start needs */
export async function enrol(hub: ChainNode, name: string, location: string): Promise<string> {
  const words = ['nodes', 'add', name, '--location', location, '--database', hub.database];
  return (await holdfast(words)).trim();
}
