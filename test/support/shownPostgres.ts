import { type Block, type Page, ROOT } from './documents.ts';
import { type PostgresServer, startPostgres } from './postgres/server.ts';
import { connected } from './postgres/testDatabase.ts';
import type { Started, Workshop } from './processes.ts';
import { scriptOf } from './shownCommands.ts';

/** What pages write for the PostgreSQL; the one of a test listens elsewhere. */
const SHOWN_POSTGRES = '127.0.0.1:5432';

/** Blocks that are marked `sql run <database>`, for the superuser to run there. */
const SQL = /^sql run (\w+)$/;
/** Commands that go on running, each in a terminal of its own that the block names. */
const TERMINAL = /^sh terminal (\w+)$/;
/** Keys that are pressed in a terminal. */
const KEYS = /^text terminal (\w+)$/;

const EXPORT = /^export (\w+)=(\S+)$/gm;

/** Whether the page walks its reader through setting up a PostgreSQL. */
export function usesPostgres({ blocks }: Page): boolean {
  return blocks.some(({ info }) => SQL.test(info));
}

/** A PostgreSQL as a reader has just installed it, and the terminals in which servers run on it. */
export class ShownPostgres {
  readonly #server: PostgresServer;
  readonly #workshop: Workshop;
  readonly #terminals = new Map<string, Started>();
  readonly #addresses = new Map<string, string>();
  readonly #exports: readonly (readonly [string, string])[];

  private constructor(server: PostgresServer, workshop: Workshop, page: Page) {
    this.#server = server;
    this.#workshop = workshop;
    this.#exports = page.blocks.flatMap(({ text }) =>
      [...text.matchAll(EXPORT)].map(([, name = '', value = '']) => [name, value] as const),
    );
  }

  static async start(workshop: Workshop, page: Page): Promise<ShownPostgres> {
    return new ShownPostgres(await startPostgres(), workshop, page);
  }

  /** The text with the addresses that things have in this test. */
  here(shown: string): string {
    let here = shown.replaceAll(SHOWN_POSTGRES, new URL(this.#server.url).host);
    for (const [address, real] of this.#addresses) here = here.replaceAll(address, real);
    return here;
  }

  /** What the page has its reader export. */
  environment(): Record<string, string> {
    return Object.fromEntries(this.#exports.map(([name, value]) => [name, this.here(value)]));
  }

  /** Does what the block shows, if it is one for PostgreSQL or for a terminal. */
  async follow({ info, text: shown }: Block): Promise<void> {
    const database = SQL.exec(info)?.[1];
    const opened = TERMINAL.exec(info)?.[1];
    const typedIn = KEYS.exec(info)?.[1];
    if (database !== undefined) await this.#query(database, shown);
    else if (opened !== undefined) await this.#open(opened, shown);
    else if (typedIn !== undefined) await this.#press(typedIn, shown);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  /** One statement at a time, for some may not share a transaction. */
  async #query(database: string, shown: string): Promise<void> {
    const statements = shown.split(/;\s*(?:\n|$)/).filter((each) => each.trim() !== '');
    await connected(this.#server.urlOf(database), async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }

  /** Starts a server at any free port; what is shown of it later is looked for there. */
  async #open(name: string, shown: string): Promise<void> {
    const port = /--port (\d+)/.exec(shown)?.[1];
    const command = this.here(shown).replace(/--port \d+/, '--port 0');
    const env = { ...this.environment(), NODE: process.execPath, ROOT };
    const started = this.#workshop.start('bash', ['-c', scriptOf(command)], { env });
    this.#terminals.set(name, started);
    if (port !== undefined) this.#addresses.set(`http://127.0.0.1:${port}`, await started.url());
  }

  async #press(name: string, keys: string): Promise<void> {
    const terminal = this.#terminals.get(name);
    if (terminal === undefined || keys.trim() !== 'Ctrl-C') {
      throw new Error(`nothing to do with "${keys.trim()}" in terminal ${name}`);
    }
    const { code, err } = await terminal.stop('SIGINT');
    if (code !== 0) throw new Error(`terminal ${name} ended with ${code}\n${err}`);
  }
}
