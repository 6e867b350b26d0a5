import { Client } from 'pg';
import { startPostgres } from '../../test/support/postgres/server.ts';
import { familyCpuMs } from './processorTime.ts';
import { startRedis } from './redisServer.ts';

/** As somebody would set it up who has two gigabytes for it; what decides about durability is as PostgreSQL has it. */
const SETTINGS = {
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  max_connections: '300',
};

/** The databases that the strategies work on. */
export interface Engines {
  /** As in `15.18`. */
  readonly postgresVersion: string;
  /** Null where there is none. */
  readonly redisVersion: string | null;
  readonly redis: string | null;
  /** Makes an empty database. @returns its address */
  createDatabase(): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** Tells PostgreSQL what is in a database that was just filled, as its own housekeeping does after a minute. */
  analyze(url: string): Promise<void>;
  /** Writes out what is in memory, so that no measurement pays for the one before. */
  settle(): Promise<void>;
  /** Processor time of PostgreSQL since it started; null where that is not known. */
  cpuMs(): number | null;
  /** The newest part of what PostgreSQL has logged; null where that cannot be seen. */
  log(): string | null;
  close(): Promise<void>;
}

/**
 * Starts a PostgreSQL and, where the machine has one, a Redis.
 * @param database the address of a server to use instead, with the right to make databases
 */
export async function openEngines(folder: string, database?: string): Promise<Engines> {
  const own = database === undefined ? await startPostgres({ settings: SETTINGS }) : undefined;
  const redis = await startRedis(folder);
  const address = new URL(own?.url ?? database ?? '');
  const admin = new Client({ connectionString: address.href });
  await admin.connect();
  let made = 0;
  return {
    postgresVersion: await serverVersion(admin),
    redisVersion: redis?.version ?? null,
    redis: redis?.url ?? null,
    async createDatabase() {
      made += 1;
      const name = `strategies_${process.pid}_${made}`;
      await admin.query(`CREATE DATABASE ${name}`);
      return new URL(`/${name}`, address).href;
    },
    async dropDatabase(url) {
      await admin.query(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
    },
    analyze,
    async settle() {
      // On somebody's own server it may be forbidden; then it comes when it comes.
      await admin.query('CHECKPOINT').catch(() => undefined);
    },
    cpuMs: () => (own === undefined ? null : familyCpuMs(own.pid)),
    log: () => own?.log ?? null,
    async close() {
      await admin.end();
      await redis?.close();
      await own?.close();
    },
  };
}

async function analyze(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('VACUUM ANALYZE');
  await client.end();
}

async function serverVersion(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version');
  return rows[0]?.server_version ?? '';
}
