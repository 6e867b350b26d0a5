import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { startPostgres } from '../../test/support/postgres/server.ts';
import { familyCpuMs } from '../strategies/processorTime.ts';
import { HUB, type HubDatabase, type HubEngine } from './hubDatabase.ts';

/** What the hub may keep its books in. */
export const HUB_ENGINES = ['sqlite', 'postgres'] as const;
export type HubEngineName = (typeof HUB_ENGINES)[number];

/** As somebody would set it up who has two gigabytes for it; what decides about durability is as PostgreSQL has it. */
const POSTGRES_SETTINGS = { shared_buffers: '512MB', max_wal_size: '4GB' };

export function openHubEngine(name: HubEngineName): Promise<HubEngine> {
  return name === 'sqlite' ? Promise.resolve(SQLITE) : openPostgres();
}

const SQLITE: HubEngine = {
  name: 'SQLite',
  create: (folder) => Promise.resolve(sqliteFile(path.join(folder, `${HUB}.db`))),
  close: () => Promise.resolve(),
};

function sqliteFile(file: string): HubDatabase {
  const using = async <T>(readOnly: boolean, work: (db: DatabaseSync) => T): Promise<T> => {
    const db = new DatabaseSync(file, { readOnly });
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  return {
    url: `sqlite:${file}`,
    sizes: () => using(true, (db) => sizesOf(db.prepare(SQLITE_SIZES).all())),
    change: (sql) => using(false, (db) => Number(db.prepare(sql).run().changes)),
    cpuMs: () => 0,
  };
}

const SQLITE_SIZES =
  'SELECT name, sum(pgsize) AS bytes FROM dbstat WHERE aggregate = TRUE GROUP BY name';
const POSTGRES_SIZES = `
  SELECT relname AS name, pg_relation_size(oid) AS bytes FROM pg_class
  WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace`;

function sizesOf(rows: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, number> {
  return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
}

/** A server of its own, on the same cores. */
async function openPostgres(): Promise<HubEngine> {
  const server = await startPostgres({ settings: POSTGRES_SETTINGS });
  let made = 0;
  return {
    name: `PostgreSQL ${server.version}, on the same cores; its processor time counts as that of the hub`,
    async create() {
      made += 1;
      const name = `chain_${made}`;
      await asking(server.url, (admin) => admin.query(`CREATE DATABASE ${name}`));
      const url = new URL(`/${name}`, server.url).href;
      return {
        url,
        sizes: () =>
          asking(url, async (client) => sizesOf((await client.query(POSTGRES_SIZES)).rows)),
        change: (sql) => asking(url, async (client) => (await client.query(sql)).rowCount ?? 0),
        cpuMs: () => familyCpuMs(server.pid) ?? 0,
      };
    },
    close: () => server.close(),
  };
}

async function asking<T>(url: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
