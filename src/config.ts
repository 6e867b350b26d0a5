import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { HOLD_LIFE_SECONDS_DEFAULT, TTL_SECONDS_MAX } from './domain/limits.ts';

const ENV_PREFIX = 'HOLDFAST_';

/** One server or several with commas between them; a scheme is needed before the first only. */
const NATS_SERVERS = '(nats|tls)://[^\\s/?#@,]+(,((nats|tls)://)?[^\\s/?#@,]+)*';

const NODE_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$';
/** To end the sentence "expected ...". */
export const NODE_NAME_EXPECTED =
  '1 to 63 letters, digits, dots, hyphens or underscores, a letter or digit first';

/**
 * The settings, one entry each. The name gives the rest: `drainSeconds` is the flag `--drain-seconds` and the variable
 * `HOLDFAST_DRAIN_SECONDS`. No message repeats the value of a `secret`. It has no flag, because every user of a machine
 * can read the command lines of its processes, but for one that is needed `once` only.
 */
const SETTINGS = Type.Object({
  host: Type.String({
    default: '127.0.0.1',
    description: 'Address to listen on. Any other than a loopback address needs API keys.',
    pattern: '^[^\\s/]+$',
    expects: 'a host name or an IP address',
  }),
  port: Type.Integer({
    default: 8080,
    description: 'TCP port to listen on; 0 takes any free one.',
    minimum: 0,
    maximum: 65_535,
  }),
  database: Type.String({
    default: 'sqlite:./data/holdfast.db',
    description:
      'Where the ledger is kept: `sqlite:` and a path (folders are made where they are missing), or `postgres://user:password@host:port/database`, which any number of servers may share. `?pgbouncer=true` says that PgBouncer stands between, in transaction mode.',
    pattern: '^[a-z]+:.+$',
    expects:
      'sqlite: and a path, such as sqlite:./data/holdfast.db, or postgres://user@host/database',
  }),
  readDatabase: Type.Union([Type.String({ pattern: '^postgres(ql)?:.+$' }), Type.Null()], {
    default: null,
    description:
      'A replica of a PostgreSQL database, as `postgres://...`: lists are read there, and may be up to 5 seconds old. While it is further behind, or does not answer, they are read from the database itself.',
    expects: 'postgres://user@host/database',
  }),
  node: Type.Union([Type.String({ pattern: NODE_NAME }), Type.Null()], {
    default: null,
    description:
      'Name of this node. It is written into the database when that is made (`local` when nothing is set), and must then stay the same.',
    expects: NODE_NAME_EXPECTED,
  }),
  hub: Type.Union(
    [
      Type.String({
        pattern: `^(https?://[^\\s/?#@]+(/[^\\s?#@]*)?|${NATS_SERVERS}(/[^\\s/?#@]*)?)$`,
      }),
      Type.Null(),
    ],
    {
      default: null,
      description:
        'Address of the hub, for the node of a shop. It is given at each start; the shop goes on selling while the hub cannot be reached. With `nats://` (or `tls://`) the link goes over these NATS servers to the hub whose name is the path (`hub` where there is none).',
      expects:
        'http://host:port or https://host:port, without a user, a password or a query; or nats://host:port/name, where name is that of the hub',
    },
  ),
  token: Type.Union([Type.String({ pattern: '^[!-~]{1,256}$' }), Type.Null()], {
    default: null,
    description:
      'What `holdfast nodes add` has printed at the hub. It is needed at the first start only, and kept in the database.',
    secret: true,
    once: true,
    expects: 'the token that `holdfast nodes add` has printed at the hub',
  }),
  nats: Type.Union([Type.String({ pattern: `^${NATS_SERVERS}$` }), Type.Null()], {
    default: null,
    description:
      'NATS servers at which a hub takes the links of shops, beside WebSockets: `nats://host:port`, or `tls://host:port` where it must be TLS; several with commas between them.',
    expects: 'nats://host:port or tls://host:port, several with commas between them',
  }),
  natsUser: Type.Union([Type.String({ pattern: '^[!-~]{1,256}$' }), Type.Null()], {
    default: null,
    description: 'The user as which this node connects to NATS.',
    expects: '1 to 256 printable ASCII characters without blanks',
  }),
  natsPassword: Type.Union([Type.String({ pattern: '^[!-~]{1,256}$' }), Type.Null()], {
    default: null,
    description: 'The password of that user.',
    secret: true,
    expects: '1 to 256 printable ASCII characters without blanks',
  }),
  natsToken: Type.Union([Type.String({ pattern: '^[!-~]{1,256}$' }), Type.Null()], {
    default: null,
    description: 'The token with which this node connects to NATS, where that asks for one.',
    secret: true,
    expects: '1 to 256 printable ASCII characters without blanks',
  }),
  natsCredentials: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
    default: null,
    description: 'A file with the credentials (`.creds`) with which this node connects to NATS.',
    expects: 'the path of a file',
  }),
  natsCa: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
    default: null,
    description:
      'A file with the certificates of the authorities that NATS servers are trusted by, as PEM. With it the connection must be TLS.',
    expects: 'the path of a file',
  }),
  natsCert: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
    default: null,
    description: 'A file with the certificate by which NATS servers know this node, as PEM.',
    expects: 'the path of a file',
  }),
  natsKey: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
    default: null,
    description: 'A file with the key of that certificate, as PEM.',
    expects: 'the path of a file',
  }),
  natsDomain: Type.Union([Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }), Type.Null()], {
    default: null,
    description:
      'The JetStream domain of the servers that keep the streams, where this node is connected to a leaf node with a JetStream of its own.',
    expects: '1 to 64 letters, digits, hyphens or underscores',
  }),
  borrowWaitMs: Type.Integer({
    default: 250,
    unit: 'milliseconds',
    description:
      'How long a buyer waits at most while other nodes are asked for units that are missing here; 0 asks nobody.',
    minimum: 0,
    // What one node has given is kept no longer than this while another is waited for (`REQUEST_HOLD_SECONDS`).
    maximum: 1_000,
  }),
  balanceMs: Type.Integer({
    default: 1_000,
    unit: 'milliseconds',
    description:
      'How often a shop looks which units are to be moved between it and its hub, as its policy says; 0 moves none but those of goods that come in, and those that are asked for.',
    minimum: 0,
    maximum: 3_600_000,
  }),
  publish: Type.Union([Type.String({ pattern: `^${NATS_SERVERS}$` }), Type.Null()], {
    default: null,
    description:
      'NATS servers to which the log is published as CloudEvents, through JetStream, on the subject `holdfast.<node>.events`; several of one cluster with commas between them.',
    expects: 'nats://host:port or tls://host:port, several with commas between them',
  }),
  publishReplicas: Type.Integer({
    default: 1,
    description:
      'On how many servers of NATS the published log is kept, where its stream is not there yet and is made.',
    minimum: 1,
    maximum: 5,
  }),
  publishDays: Type.Integer({
    default: 0,
    unit: 'days',
    description:
      'How long a published event is kept, where the stream is not there yet and is made; 0 for as long as there is room.',
    minimum: 0,
    maximum: 36_500,
  }),
  publishMegabytes: Type.Integer({
    default: 0,
    unit: 'megabytes',
    description:
      'How much of the published log is kept, where the stream is not there yet and is made: the oldest goes first. 0 sets no limit.',
    minimum: 0,
    maximum: 1_000_000_000,
  }),
  apiKeys: Type.Array(Type.Object({ name: Type.String(), secret: Type.String() }), {
    default: [],
    description:
      'Keys that guard every route but health, as `name:secret,name2:secret2`. The name of the key is the actor in the log.',
    secret: true,
    expects:
      'name:secret pairs with commas between them; names of 1 to 64 letters, digits, dots, hyphens or underscores, secrets of 1 to 256 printable ASCII characters without blanks and commas, no name and no secret twice',
  }),
  apiKey: Type.Union([Type.String({ pattern: '^[!-~]{1,256}$' }), Type.Null()], {
    default: null,
    description:
      'The secret of a key that `replay --url` and `stress --url` show to the server they talk to.',
    secret: true,
    expects: '1 to 256 printable ASCII characters without blanks',
  }),
  logLevel: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'The least severe kind of message that is logged.',
  }),
  requestLog: Type.Boolean({
    default: true,
    description: 'Whether every request is logged, as one line at level `info`.',
  }),
  holdLifeMaxSeconds: Type.Integer({
    default: HOLD_LIFE_SECONDS_DEFAULT,
    unit: 'seconds',
    description: 'How long a hold may live in all, extensions included.',
    minimum: TTL_SECONDS_MAX,
    maximum: 10 * 365 * 86_400,
  }),
  keyLifeHours: Type.Integer({
    default: 24,
    unit: 'hours',
    description: 'How long the outcome of an idempotency key is kept.',
    minimum: 1,
    maximum: 24 * 365,
  }),
  queueWaitMaxMs: Type.Integer({
    default: 2_000,
    unit: 'milliseconds',
    description:
      'When commands would have to wait longer than this for their commit, new ones are turned away with `overloaded`.',
    minimum: 10,
    maximum: 60_000,
  }),
  commitLinesMax: Type.Integer({
    default: 2_000,
    unit: 'lines',
    description:
      'How many lines (of reservations; any other command is one) one commit takes at most. A larger request is a commit of its own.',
    minimum: 1,
    maximum: 100_000,
  }),
  heartbeatSeconds: Type.Integer({
    default: 15,
    unit: 'seconds',
    description: 'How often an idle event stream is sent a sign of life.',
    minimum: 1,
    maximum: 3_600,
  }),
  drainSeconds: Type.Integer({
    default: 10,
    unit: 'seconds',
    description: 'How long a server that was told to stop may take to finish what it accepted.',
    minimum: 1,
    maximum: 3_600,
  }),
});

export type Config = Static<typeof SETTINGS>;
export type SettingName = keyof Config;

/** What is known of a setting besides its value. */
export interface Setting {
  readonly name: SettingName;
  readonly env: string;
  /** Null for a secret that is needed at each start. */
  readonly flag: string | null;
  readonly unit: string | null;
  readonly description: string;
  /** What a value must be, to end the sentence "expected ...". */
  readonly expected: string;
  /** The default as a user would write it; empty for none. */
  readonly defaultText: string;
}

/** Values as they were written, by the name of the setting. */
export type FlagValues = { readonly [N in SettingName]?: string };
export type Environment = { readonly [name: string]: string | undefined };

/** A setting that is unknown, bad, or at odds with another one. The message is meant for the user. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const NAMES = Object.keys(SETTINGS.properties) as readonly SettingName[];

/** Every setting, in the order of the reference page. */
export function listSettings(): readonly Setting[] {
  return NAMES.map(describe);
}

/**
 * The settings of this process: flags over environment over defaults, frozen.
 * @throws {ConfigError} naming the setting, its value and what is expected
 */
export function readConfig(flags: FlagValues, env: Environment): Config {
  refuseUnknown(env);
  const values = Object.fromEntries(NAMES.map((name) => [name, readSetting(name, flags, env)]));
  if (!Value.Check(SETTINGS, values)) throw new ConfigError('the settings do not fit together');
  refuseOpenDoor(values);
  refuseHalfEnrolment(values);
  refuseHalfCredentials(values);
  return deepFreeze(values);
}

/** @param name as it was written, by whomever */
export function isNodeName(name: string): boolean {
  return new RegExp(NODE_NAME).test(name);
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function describe(name: SettingName): Setting {
  const schema: Described = SETTINGS.properties[name];
  const { unit = null, secret = false, once = false, description = '' } = schema;
  const flag = secret && !once ? null : `--${dashed(name)}`;
  const defaultText = defaultTextOf(schema.default);
  const expected = expectation(schema);
  return { name, env: envName(name), flag, unit, description, expected, defaultText };
}

type Described = TSchema & {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly unit?: string;
  readonly description?: string;
  readonly secret?: boolean;
  readonly once?: boolean;
  readonly expects?: string;
};

function defaultTextOf(value: unknown): string {
  return value === null || Array.isArray(value) ? '' : String(value);
}

function expectation(schema: Described): string {
  const { expects, type, minimum, maximum } = schema;
  if (expects !== undefined) return expects;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  return type === 'integer' ? `a whole number from ${minimum} to ${maximum}` : 'true or false';
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function envName(name: string): string {
  return ENV_PREFIX + dashed(name).replaceAll('-', '_').toUpperCase();
}

function readSetting(name: SettingName, flags: FlagValues, env: Environment): unknown {
  const schema: Described = SETTINGS.properties[name];
  const flagText = flags[name];
  const text = flagText ?? env[envName(name)];
  if (text === undefined) return schema.default;
  const value = parse(schema, text);
  if (value !== undefined && Value.Check(schema, value) && isSound(name, text)) return value;
  const { flag, env: variable, expected } = describe(name);
  const label = flagText === undefined ? variable : flag;
  throw new ConfigError(`${label} is ${quote(schema, text)}; expected ${expected}`);
}

/** What a pattern cannot say: an address may have a port that there is not. */
function isSound(name: SettingName, text: string): boolean {
  if (name !== 'hub' && name !== 'nats' && name !== 'publish') return true;
  if (!isNatsAddress(text)) return URL.canParse(text);
  const { servers, path } = splitNatsAddress(text);
  return servers.every((server) => URL.canParse(server)) && (path === '' || isNodeName(path));
}

/** Whether a hub's address is that of NATS servers. */
export function isNatsAddress(address: string): boolean {
  return /^(nats|tls):/.test(address);
}

/** `nats://a:1,b:2/hub` is the servers `nats://a:1` and `nats://b:2`, and the path `hub`. */
export function splitNatsAddress(address: string): { servers: readonly string[]; path: string } {
  const [, scheme = '', hosts = '', path = ''] =
    /^(\w+):\/\/([^/]*(?:\/\/[^/]*)*)\/?(.*)$/.exec(address) ?? [];
  const servers = hosts
    .split(',')
    .map((host) => (host.includes('://') ? host : `${scheme}://${host}`));
  return { servers, path };
}

/** @returns undefined for a text that is not of the schema's type */
function parse(schema: Described, text: string): unknown {
  switch (schema.type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'array':
      return parseKeys(text);
    default:
      return text;
  }
}

function parseKeys(text: string): Config['apiKeys'] | undefined {
  const keys = text.split(',').map((pair) => {
    const [, name, secret] = /^\s*([A-Za-z0-9._-]{1,64}):([!-~]{1,256})\s*$/.exec(pair) ?? [];
    return name === undefined || secret === undefined ? undefined : { name, secret };
  });
  const sound = keys.filter((key) => key !== undefined);
  const distinct = (values: readonly string[]) => new Set(values).size === keys.length;
  const isSound =
    distinct(sound.map((key) => key.name)) && distinct(sound.map((key) => key.secret));
  return isSound ? sound : undefined;
}

/** Leaves out secrets, and the credentials in a database's address. */
function quote(schema: Described, text: string): string {
  if (schema.secret === true) return 'not in the right form (the value is secret and not shown)';
  return `"${hideCredentials(text)}"`;
}

const SECRET_PARAMETERS = /([?&](?:user|password)=)[^&]*/g;

/** The address of a database without the user and the password that it may hold. */
export function hideCredentials(address: string): string {
  const [, scheme = '', rest = address] = /^([^:]*:)(.*)$/s.exec(address) ?? [];
  const isSound = rest.startsWith('//') && URL.canParse(address);
  // Where one cannot tell what is what, any of it may be the password.
  if (/^postgres/i.test(scheme) && !isSound && !rest.includes('@')) return `${scheme}//***`;
  if (scheme === 'sqlite:' && !rest.startsWith('//')) return address;
  return scheme + rest.replace(SECRET_PARAMETERS, '$1***').replace(/^(\/\/)?.*@/s, '//***@');
}

function refuseUnknown(env: Environment): void {
  const known = NAMES.map(envName);
  const unknown = Object.keys(env)
    .filter((variable) => variable.startsWith(ENV_PREFIX) && !known.includes(variable))
    .sort()[0];
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  throw new ConfigError(`${unknown} is not a setting; did you mean ${nearest}?`);
}

/** The server must not be reachable by others unless it knows who asks. */
function refuseOpenDoor({ host, apiKeys }: Config): void {
  if (apiKeys.length > 0 || isLoopback(host)) return;
  throw new ConfigError(
    `${envName('host')} or --host is "${host}", which others can reach, and there are no API keys; set ${envName('apiKeys')} to ${describe('apiKeys').expected}, or listen on 127.0.0.1`,
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

function nearestName(name: string, names: readonly string[]): string {
  const distances = names.map((candidate) => ({
    candidate,
    distance: editDistance(name, candidate),
  }));
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).candidate;
}

/** Levenshtein's: how many letters must be put in, taken out or changed to make one word of the other. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const change = (previous[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      const takeOut = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(change, takeOut, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
