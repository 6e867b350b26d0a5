import { createHash, randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { Connection, readAddress } from '../../../src/storage/postgres/connection.ts';
import { migrate } from '../../../src/storage/postgres/migrate.ts';
import { type Shared, sharedPostgres } from './shared.ts';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../../src/storage/postgres/migrations');
const DEFAULT_NODE = 'local';
const DEFAULT_PREFIX = 'holdfast_test_';

/** Held while a template is made; the number means nothing. */
const TEMPLATE_LOCK = 7_240_117;

export interface TestDatabaseOptions {
  /** False for an empty one; with our schema unless given. */
  readonly migrated?: boolean;
  /** The name of the node, for a migrated one. */
  readonly node?: string;
  /** Where its files are, on that server; see `smallDisk`. */
  readonly tablespace?: string;
  /** A server of the test's own, from `startPostgres`; the one that all share unless given. */
  readonly server?: { readonly url: string };
}

export interface PostgresDatabase {
  readonly url: string;
  /** Ends its connections and removes it. */
  drop(): Promise<void>;
}

/** A new database for one test or one file; about 30 ms, as it is the copy of a template. */
export async function createTestDatabase(
  options: TestDatabaseOptions = {},
): Promise<PostgresDatabase> {
  const { migrated = true, node = DEFAULT_NODE } = options;
  const { url, prefix } = await serverOf(options);
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  const where = options.tablespace === undefined ? '' : `TABLESPACE ${options.tablespace}`;
  await connected(url, async (client) => {
    const template = migrated ? await readyTemplate(client, { url, prefix }, node) : 'template1';
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} ${where}`);
  });
  return {
    url: databaseUrl(url, name),
    drop: () =>
      connected(url, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

/** Does something on a connection of its own. */
export async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function serverOf({ server }: TestDatabaseOptions): Shared | Promise<Shared> {
  return server === undefined ? sharedPostgres() : { url: server.url, prefix: DEFAULT_PREFIX };
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * The name of a database with our schema. Whoever comes first makes it; it is ready when nobody can connect to it any
 * more, which copying it needs anyway.
 */
async function readyTemplate(
  client: Client,
  { url, prefix }: Shared,
  node: string,
): Promise<string> {
  const name = `${prefix}template_${templateHash(node)}`;
  if (await isReady(client, name)) return name;
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (!(await isReady(client, name))) await makeTemplate(client, { url, name, node });
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
  return name;
}

async function isReady(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn',
    [name],
  );
  return rows.length > 0;
}

interface NewTemplate {
  readonly url: string;
  readonly name: string;
  readonly node: string;
}

async function makeTemplate(client: Client, { url, name, node }: NewTemplate): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${name}`);
  await migrateTemplate(databaseUrl(url, name), node);
  await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
}

async function migrateTemplate(url: string, node: string): Promise<void> {
  const connection = await Connection.open(readAddress(url));
  try {
    await migrate(connection, node);
  } finally {
    await connection.close();
  }
}

/** Changes with whatever would make the template a different one. */
function templateHash(node: string): string {
  const hash = createHash('sha256').update(node);
  for (const file of globSync('*.sql', { cwd: MIGRATIONS }).sort()) {
    hash.update(readFileSync(path.join(MIGRATIONS, file)));
  }
  return hash.digest('hex').slice(0, 12);
}
