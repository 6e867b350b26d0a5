import { describe, expect, it } from 'vitest';
import { hideCredentials, isLoopback, splitNatsAddress } from './config/addresses.ts';
import { listSettings } from './config/describe.ts';
import { ConfigError } from './config/errors.ts';
import { readConfig } from './config.ts';

describe('the settings', () => {
  it('have defaults that a newcomer can start with', () => {
    expect(readConfig({}, {})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      database: 'sqlite:./data/holdfast.db',
      node: null,
      apiKeys: [],
      requestLog: true,
      keyLifeHours: 24,
      holdLifeMaxSeconds: 604_800,
    });
  });

  it('come from flags before the environment before defaults', () => {
    const env = { HOLDFAST_PORT: '9000', HOLDFAST_DRAIN_SECONDS: '3' };
    expect(readConfig({ port: '9001' }, env)).toMatchObject({ port: 9001, drainSeconds: 3 });
  });

  it('cannot be changed once they are read', () => {
    const config = readConfig({}, { HOLDFAST_API_KEYS: 'till:secret' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.apiKeys)).toBe(true);
    expect(Object.isFrozen(config.apiKeys[0])).toBe(true);
  });

  it('leave variables of others alone', () => {
    expect(() => readConfig({}, { PATH: '/bin', HOLDFASTER: '1' })).not.toThrow();
  });

  it('each have a flag and a variable of their own', () => {
    const settings = listSettings();
    expect(new Set(settings.map(({ env }) => env)).size).toBe(settings.length);
    expect(settings.find(({ name }) => name === 'holdLifeMaxSeconds')).toMatchObject({
      flag: '--hold-life-max-seconds',
      env: 'HOLDFAST_HOLD_LIFE_MAX_SECONDS',
      unit: 'seconds',
      defaultText: '604800',
    });
  });

  it('end in their unit', () => {
    const units: Record<string, string> = {
      seconds: 'Seconds',
      hours: 'Hours',
      milliseconds: 'Ms',
    };
    for (const { name, unit } of listSettings()) {
      const ending = unit === null ? undefined : units[unit];
      if (ending !== undefined) expect(name).toMatch(new RegExp(`${ending}$`));
    }
  });
});

describe('a bad setting is refused with name, value and what is expected', () => {
  it.each([
    ['HOLDFAST_PORT', '80a', 'HOLDFAST_PORT is "80a"; expected a whole number from 0 to 65535'],
    ['HOLDFAST_PORT', '65536', 'HOLDFAST_PORT is "65536"; expected a whole number from 0 to 65535'],
    ['HOLDFAST_PORT', '0x50', 'HOLDFAST_PORT is "0x50"'],
    ['HOLDFAST_PORT', '8080.5', 'HOLDFAST_PORT is "8080.5"'],
    ['HOLDFAST_PORT', '', 'HOLDFAST_PORT is ""'],
    ['HOLDFAST_PORT', ' 1', 'HOLDFAST_PORT is " 1"'],
    ['HOLDFAST_LOG_LEVEL', 'verbose', 'expected one of fatal, error, warn, info'],
    ['HOLDFAST_REQUEST_LOG', 'yes', 'HOLDFAST_REQUEST_LOG is "yes"; expected true or false'],
    ['HOLDFAST_DATABASE', './data', 'HOLDFAST_DATABASE is "./data"; expected sqlite: and a path'],
    ['HOLDFAST_NODE', '-a', 'HOLDFAST_NODE is "-a"; expected 1 to 63 letters'],
    ['HOLDFAST_HOST', '', 'HOLDFAST_HOST is ""; expected a host name'],
    ['HOLDFAST_HUB', 'hub:8080', 'HOLDFAST_HUB is "hub:8080"; expected http://host:port'],
    ['HOLDFAST_HUB', 'ws://hub', 'HOLDFAST_HUB is "ws://hub"; expected http://host:port'],
    ['HOLDFAST_HUB', 'http://hub:99999', 'HOLDFAST_HUB is "http://hub:99999"; expected'],
    ['HOLDFAST_HUB', 'http://me:hush@hub', 'HOLDFAST_HUB is "http://***@hub"; expected'],
    ['HOLDFAST_HUB', 'https://hub/?a', 'HOLDFAST_HUB is "https://hub/?a"; expected'],
    [
      'HOLDFAST_HUB',
      'nats://a:1,b:99999/hub',
      'HOLDFAST_HUB is "nats://a:1,b:99999/hub"; expected',
    ],
    ['HOLDFAST_HUB', 'nats://me:hush@a/hub', 'HOLDFAST_HUB is "nats://***@a/hub"; expected'],
    ['HOLDFAST_HUB', 'nats://a/no name', 'HOLDFAST_HUB is "nats://a/no name"; expected'],
    ['HOLDFAST_HUB', 'nats://a/b/c', 'HOLDFAST_HUB is "nats://a/b/c"; expected'],
    ['HOLDFAST_NATS', 'nats://a/hub', 'HOLDFAST_NATS is "nats://a/hub"; expected nats://host:port'],
    ['HOLDFAST_NATS', 'http://a', 'HOLDFAST_NATS is "http://a"; expected nats://host:port'],
    ['HOLDFAST_NATS_USER', 'me', 'HOLDFAST_NATS_USER is set, and HOLDFAST_NATS_PASSWORD is not'],
    ['HOLDFAST_NATS_KEY', 'f', 'HOLDFAST_NATS_KEY is set, and HOLDFAST_NATS_CERT is not'],
    ['HOLDFAST_PUBLISH', 'http://nats', 'HOLDFAST_PUBLISH is "http://nats"; expected nats://host'],
    ['HOLDFAST_PUBLISH', 'nats://nats:4222/hub', 'HOLDFAST_PUBLISH is "nats://nats:4222/hub"; ex'],
    ['HOLDFAST_PUBLISH', 'nats://a,nats://b:99999', 'expected nats://host:port or tls://host'],
    ['HOLDFAST_PUBLISH', 'nats://me:hush@nats', 'HOLDFAST_PUBLISH is "nats://***@nats"; expected'],
    ['HOLDFAST_PUBLISH_REPLICAS', '6', 'expected a whole number from 1 to 5'],
    ['HOLDFAST_BORROW_WAIT_MS', '1001', 'expected a whole number from 0 to 1000'],
    ['HOLDFAST_KEY_LIFE_HOURS', '0', 'expected a whole number from 1 to 8760'],
  ])('%s=%s', (name, value, message) => {
    expect(refusalOf({}, { [name]: value })).toContain(message);
  });

  it('says so when a node would prove itself to NATS in two ways', () => {
    const two = { HOLDFAST_NATS_TOKEN: 'hush', HOLDFAST_NATS_CREDENTIALS: 'f' };
    expect(refusalOf({}, two)).toBe(
      'HOLDFAST_NATS_TOKEN and HOLDFAST_NATS_CREDENTIALS are set; NATS takes one of them',
    );
  });

  it('says so when a node would be a hub and a shop', () => {
    const both = { HOLDFAST_HUB: 'nats://a:4222/hub', HOLDFAST_NATS: 'nats://b:4222' };
    expect(refusalOf({}, both)).toMatch(
      /HOLDFAST_HUB or --hub is "nats:\/\/a:4222\/hub".* --nats is "nats:\/\/b:4222".* leave out one/,
    );
  });

  it.each([
    ['nats://a:4222', ['nats://a:4222'], ''],
    ['nats://a:1,b:2,tls://c:3/hub.x', ['nats://a:1', 'nats://b:2', 'tls://c:3'], 'hub.x'],
    ['tls://[::1]:4222/', ['tls://[::1]:4222'], ''],
  ])('takes %s apart', (hub, servers, path) => {
    expect(readConfig({ hub }, {}).hub).toBe(hub);
    expect(splitNatsAddress(hub)).toEqual({ servers, path });
  });

  it('names the flag when it came from one', () => {
    expect(refusalOf({ port: 'x' }, {})).toMatch(/^--port is "x"; expected/);
  });

  it.each([
    ['HOLDFAST_PROT', 'HOLDFAST_PORT'],
    ['HOLDFAST_APIKEYS', 'HOLDFAST_API_KEYS'],
    ['HOLDFAST_DRAIN_SECONDS_MAX', 'HOLDFAST_DRAIN_SECONDS'],
  ])('the unknown %s is refused, and the nearest name offered', (name, nearest) => {
    const message = refusalOf({}, { [name]: 'hush-hush' });
    expect(message).toBe(`${name} is not a setting; did you mean ${nearest}?`);
  });
});

describe('secrets', () => {
  it('are read as name and secret', () => {
    const { apiKeys } = readConfig({}, { HOLDFAST_API_KEYS: 'till-1:s3cr:et, shop:other' });
    expect(apiKeys).toEqual([
      { name: 'till-1', secret: 's3cr:et' },
      { name: 'shop', secret: 'other' },
    ]);
  });

  it.each(['hush', 'a:hush,', 'a:hush,a:hush2', 'a:hush,b:hush', ':hush', 'a:', 'a:hush hush'])(
    'are not repeated when they are bad: %s',
    (value) => {
      const message = refusalOf({}, { HOLDFAST_API_KEYS: value });
      expect(message).toMatch(/^HOLDFAST_API_KEYS is not in the right form/);
      expect(message).not.toContain('hush');
    },
  );

  it.each(['', 'hush hush', 'hüsh'])('are not repeated: a bad token', (value) => {
    const message = refusalOf({ hub: 'http://hub', node: 'shop', token: value }, {});
    expect(message).toMatch(/^--token is not in the right form/);
    expect(message).not.toContain('sh hush');
  });

  it('have no flag, for command lines can be read by others', () => {
    expect(listSettings().find(({ name }) => name === 'apiKeys')?.flag).toBeNull();
  });

  it.each([
    ['postgres://me:hush@db:5432/x', 'postgres://***@db:5432/x'],
    ['postgres:///x?host=db&user=me&password=hush', 'postgres:///x?host=db&user=***&password=***'],
    ['postgres://db/x?password=h@hush&port=1', 'postgres://db/x?password=***&port=1'],
    ['postgres://me:hush/db', 'postgres://***'],
    ['postgres:me:hush/db', 'postgres://***'],
    ['postgres:me:hush@db/x', 'postgres://***@db/x'],
    ['postgres://me:hu@sh@db/x', 'postgres://***@db/x'],
  ])('in the address of a database are hidden: %s', (address, shown) => {
    expect(hideCredentials(address)).toBe(shown);
  });

  it('in the address of a database are not repeated', () => {
    expect(hideCredentials('sqlite:./me@db.db')).toBe('sqlite:./me@db.db');
    expect(refusalOf({}, { HOLDFAST_DATABASE: 'Postgres://me:hush@db' })).not.toContain('hush');
  });
});

describe('the node of a shop', () => {
  it('joins its hub with a token under the name that it was added under', () => {
    const flags = { hub: 'https://hub.example:8443/stock', node: 'store-12', token: 'abc_-9' };
    expect(readConfig(flags, {})).toMatchObject({ ...flags, borrowWaitMs: 250 });
  });

  it('has its token in its database from then on', () => {
    expect(() => readConfig({ hub: 'http://hub:8080' }, {})).not.toThrow();
  });

  it.each([
    [
      { token: 'hush', node: 'store-12' },
      'the address of the hub is not; add --hub or set HOLDFAST_HUB',
    ],
    [{ token: 'hush', hub: 'http://hub' }, 'is not; add --node or set HOLDFAST_NODE'],
  ])('cannot join without knowing where and as whom', (flags, message) => {
    expect(refusalOf(flags, {})).toContain(message);
    expect(refusalOf(flags, {})).not.toContain('hush');
  });
});

describe('a server that others can reach', () => {
  it.each(['0.0.0.0', '::', '192.168.1.4', 'shop.example'])(
    'needs keys to listen on %s',
    (host) => {
      expect(refusalOf({ host }, {})).toContain(`"${host}", which others can reach`);
      expect(() => readConfig({ host }, { HOLDFAST_API_KEYS: 'a:b' })).not.toThrow();
    },
  );

  it('is not one that listens on loopback', () => {
    expect(['127.0.0.1', '127.8.0.1', '::1', 'localhost'].filter(isLoopback)).toHaveLength(4);
    expect(isLoopback('127.0.0.1.example')).toBe(false);
  });
});

function refusalOf(...[flags, env]: Parameters<typeof readConfig>): string {
  try {
    readConfig(flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'was not refused';
}
