import type { AddressInfo } from 'node:net';
import { CommandError } from '../cli/exitCodes.ts';
import type { Config } from '../config/settings.ts';
import type { App } from '../http/fastify.ts';

/** Fastify would open a second server for the other address of that name, which `Drainable` does not see. */
const LOCALHOST = '127.0.0.1';

/**
 * Connections that may wait to be taken up. Node's 511 are too few for 1,000 buyers who come at once: the system lets
 * the others try again by and by, the last of them after more than a second. (Linux allows 4,096 unless told otherwise.)
 */
const CONNECTIONS_WAITING_MAX = 4_096;

/**
 * Listens where the settings say.
 * @returns the address for a client on this machine, such as `http://127.0.0.1:8080`
 * @throws {CommandError} when that cannot be done
 */
export async function listen(app: App, { host, port }: Config): Promise<string> {
  try {
    await app.listen({
      host: host === 'localhost' ? LOCALHOST : host,
      port,
      backlog: CONNECTIONS_WAITING_MAX,
    });
  } catch (error) {
    throw explained(error, host, port);
  }
  const bound = app.server.address();
  return urlOf(host, typeof bound === 'object' && bound !== null ? bound : { port });
}

const WILDCARDS = ['0.0.0.0', '::'];

function urlOf(host: string, { port }: Pick<AddressInfo, 'port'>): string {
  const name = WILDCARDS.includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

const FAULTS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'is in use by another program; stop that, or choose another port with --port'],
  ['EACCES', 'may not be used by this user; choose one above 1023 with --port'],
  ['EADDRNOTAVAIL', 'is no address of this machine; choose another with --host'],
  ['ENOTFOUND', 'is no address that is known; choose another with --host'],
  ['EAI_AGAIN', 'cannot be looked up; choose another with --host'],
]);

function explained(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const fault = FAULTS.get(code);
  if (fault === undefined) return error;
  const subject = code === 'EADDRINUSE' || code === 'EACCES' ? `port ${port} of ${host}` : host;
  return new CommandError(`cannot listen: ${subject} ${fault}`);
}
