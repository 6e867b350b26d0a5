import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './server.ts';
import type { Shared } from './shared.ts';

/** The server of the whole run, from the moment when the first test asks for it. */
interface Run {
  readonly shared: Shared;
  readonly server: PostgresServer | undefined;
}

let run: Promise<Run> | undefined;

/**
 * Opens the door at which tests ask for the PostgreSQL of the run. It is started when the first of them does, so that a
 * run without such tests does not wait for it; this process starts it, because test workers come and go.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const door = http.createServer((request, response) => void answer(path, request, response));
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  project.provide('postgresDoor', `http://127.0.0.1:${port}${path}`);
  return async () => {
    door.close();
    door.closeAllConnections();
    await end();
  };
}

async function answer(
  path: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  if (request.url !== path) {
    response.writeHead(404).end();
    return;
  }
  try {
    run ??= begin();
    response.end(JSON.stringify((await run).shared));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

async function begin(): Promise<Run> {
  const prefix = `holdfast_test_${randomBytes(4).toString('hex')}_`;
  const given = process.env['HOLDFAST_TEST_DATABASE'];
  if (given !== undefined && given !== '') {
    process.stderr.write('tests on the PostgreSQL of HOLDFAST_TEST_DATABASE\n');
    return { shared: { url: given, prefix }, server: undefined };
  }
  const server = await startPostgres();
  process.stderr.write(`tests on PostgreSQL ${server.version} (${server.source})\n`);
  return { shared: { url: server.url, prefix }, server };
}

async function end(): Promise<void> {
  const ended = await run?.catch(() => undefined);
  run = undefined;
  if (ended === undefined) return;
  if (ended.server === undefined) await dropAll(ended.shared);
  else await ended.server.close();
}

/** A server that is not ours must not keep what tests forgot, nor the templates. */
async function dropAll({ url, prefix }: Shared): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}
