import type { Block, Page } from './documents.ts';
import { type PostgresServer, startPostgres } from './postgres/server.ts';
import { connected } from './postgres/testDatabase.ts';

/** What pages write for the PostgreSQL; the one of a test listens elsewhere. */
const SHOWN_POSTGRES = '127.0.0.1:5432';

/** Blocks that are marked `sql run <database>`, for the superuser to run there. */
const SQL = /^sql run (\w+)$/;

/** Whether the page walks its reader through setting up a PostgreSQL. */
export function usesPostgres({ blocks }: Page): boolean {
  return blocks.some(({ info }) => SQL.test(info));
}

/** A PostgreSQL as a reader has just installed it. */
export class ShownPostgres {
  readonly #server: PostgresServer;

  private constructor(server: PostgresServer) {
    this.#server = server;
  }

  static async start(): Promise<ShownPostgres> {
    return new ShownPostgres(await startPostgres());
  }

  /** The text with the address that it has in this test. */
  here(shown: string): string {
    return shown.replaceAll(SHOWN_POSTGRES, new URL(this.#server.url).host);
  }

  /** Does what the block shows, if it is SQL: one statement at a time, for some may not share a transaction. */
  async follow({ info, text: shown }: Block): Promise<void> {
    const database = SQL.exec(info)?.[1];
    if (database === undefined) return;
    const statements = shown.split(/;\s*(?:\n|$)/).filter((each) => each.trim() !== '');
    await connected(this.#server.urlOf(database), async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}
