import { type Static, Type } from 'typebox';
import { HOLD_LIFE_SECONDS_DEFAULT, TTL_SECONDS_MAX } from '../domain/limits.ts';

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
export const SETTINGS = Type.Object({
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

/** @param name as it was written, by whomever */
export function isNodeName(name: string): boolean {
  return new RegExp(NODE_NAME).test(name);
}
