import { isLoopback } from './addresses.ts';
import { describe, envName } from './describe.ts';
import { ConfigError } from './errors.ts';
import type { Config } from './settings.ts';

/**
 * What no single value can be wrong about: settings that are at odds with each other.
 * @throws {ConfigError} naming them
 */
export function refuseContradictions(values: Config): void {
  refuseOpenDoor(values);
  refuseTwoRoles(values);
  refuseHalfEnrolment(values);
  refuseHalfCredentials(values);
}

/** The server must not be reachable by others unless it knows who asks. */
function refuseOpenDoor({ host, apiKeys }: Config): void {
  if (apiKeys.length > 0 || isLoopback(host)) return;
  throw new ConfigError(
    `${envName('host')} or --host is "${host}", which others can reach, and there are no API keys; set ${envName('apiKeys')} to ${describe('apiKeys').expected}, or listen on 127.0.0.1`,
  );
}

/** A node is a hub or a shop, and what it begins as is in its database. */
function refuseTwoRoles({ hub, nats }: Config): void {
  if (hub === null || nats === null) return;
  throw new ConfigError(
    `${envName('hub')} or --hub is "${hub}", so this is the node of a shop, and ${envName('nats')} or --nats is "${nats}", where a hub takes the links of shops; leave out one of them. A shop says by --hub how it reaches its hub: ${describe('hub').expected}`,
  );
}

/** A token without a hub proves nothing to anybody, and a name that was not chosen would stay in the database. */
function refuseHalfEnrolment({ hub, token, node }: Config): void {
  if (token === null || (hub !== null && node !== null)) return;
  const [missing, meaning] =
    hub === null
      ? (['hub', 'the address of the hub'] as const)
      : (['node', 'the name that it was added under'] as const);
  throw new ConfigError(
    `${envName('token')} or --token is given, and ${meaning} is not; add --${missing} or set ${envName(missing)}`,
  );
}

/** Whoever proves itself to NATS in half, or in two ways, would be let in or not as the server likes. */
function refuseHalfCredentials(values: Config): void {
  const pairs = [
    ['natsUser', 'natsPassword'],
    ['natsCert', 'natsKey'],
  ] as const;
  for (const [one, other] of pairs) {
    if ((values[one] === null) === (values[other] === null)) continue;
    const [given, missing] = values[one] === null ? [other, one] : [one, other];
    throw new ConfigError(
      `${envName(given)} is set, and ${envName(missing)} is not; set both or neither`,
    );
  }
  const ways = (['natsUser', 'natsToken', 'natsCredentials'] as const).filter(
    (way) => values[way] !== null,
  );
  if (ways.length < 2) return;
  throw new ConfigError(`${ways.map(envName).join(' and ')} are set; NATS takes one of them`);
}
