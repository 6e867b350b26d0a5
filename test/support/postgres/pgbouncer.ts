import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Daemon } from './daemon.ts';
import { freePort } from './freePort.ts';
import { scratchFolder } from './scratch.ts';

const READY = /process up: PgBouncer/;

/** Where Debian puts it, which is on the path of root only. */
const PLACES = ['pgbouncer', '/usr/sbin/pgbouncer'];

/** Fewer connections to the server than clients, so that the connections really change hands. */
const SERVER_CONNECTIONS_MAX = 4;

/** Whether this machine has one; tests that need it are skipped where it has not. */
export function hasPgBouncer(): boolean {
  return findPgBouncer() !== undefined;
}

export interface PgBouncer {
  /** The address of the database through it; says `pgbouncer=true`, which Holdfast must be told. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a PgBouncer in transaction mode: whoever begins a transaction gets any one of a few connections for it.
 * @param target the address of a database
 * @param connections how many it has to the server, for each database
 * @throws where there is none, or it does not start
 */
export async function startPgBouncer(
  target: string,
  connections = SERVER_CONNECTIONS_MAX,
): Promise<PgBouncer> {
  const command = findPgBouncer();
  if (command === undefined) throw new Error('this machine has no PgBouncer');
  const folder = scratchFolder();
  const port = await freePort();
  const settings = path.join(folder, 'pgbouncer.ini');
  writeFileSync(path.join(folder, 'users'), userLine(new URL(target)));
  writeFileSync(settings, configuration(new URL(target), folder, port, connections));
  const daemon = await Daemon.start({
    command,
    args: [settings],
    folder,
    ready: READY,
    // It keeps nothing, and by any other signal it might wait for its clients.
    deathSignal: 'KILL',
  });
  return {
    url: throughIt(target, port),
    close: async () => {
      daemon.kill('SIGKILL');
      await daemon.closed;
      rmSync(folder, { recursive: true });
    },
  };
}

function findPgBouncer(): string | undefined {
  return PLACES.find((place) => spawnSync(place, ['--version']).status === 0);
}

function configuration(
  { hostname, port }: URL,
  folder: string,
  ownPort: number,
  connections: number,
): string {
  return `[databases]
* = host=${hostname} port=${port === '' ? 5432 : port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${path.join(folder, 'users')}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
`;
}

/** With the password itself, as it needs it to log in at the server. */
function userLine({ username, password }: URL): string {
  return [username, password].map((each) => `"${decodeURIComponent(each)}"`).join(' ');
}

function throughIt(target: string, port: number): string {
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  url.searchParams.set('pgbouncer', 'true');
  return url.href;
}
