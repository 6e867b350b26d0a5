import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { LOCATION_KINDS } from '../../domain/catalogue.ts';
import { MOVEMENT_TYPES, NOTICE_TYPES } from '../../domain/events.ts';
import { FENCE_REASONS } from '../../domain/links/link.ts';
import { POLICY_EXCEPTIONS_MAX } from '../../domain/links/policy.ts';
import { TRANSFER_STEPS } from '../../domain/transfer.ts';
import { type Codec, type Message, REFUSAL_REASONS, SESSION_MODES } from '../messages.ts';

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Text = Type.String();
const NullableText = Type.Union([Text, Type.Null()]);

/** The last moment that a date can tell. */
const TIME_MS_MAX = 8_640_000_000_000_000;
const Moment = Type.Integer({ minimum: 0, maximum: TIME_MS_MAX });
const share = {
  hubShare: Type.Number({ minimum: 0, maximum: 1 }),
  floor: Count,
  adaptive: Type.Optional(Type.Literal(true)),
};
const Exception = Type.Object({ ...share, of: Type.Enum(['sku', 'category']), name: Text });
const Policy = Type.Object({
  ...share,
  exceptions: Type.Optional(Type.Array(Exception, { maxItems: POLICY_EXCEPTIONS_MAX })),
});
const ACCOUNTS = ['available', 'reserved', 'committed', 'unavailable'] as const;
const OUTSIDE = ['supplier', 'customer', 'shrinkage', 'transit'] as const;
const Anywhere = Type.Enum([...ACCOUNTS, ...OUTSIDE]);

const Attributes = Type.Union([Type.Record(Text, Type.Unknown()), Type.Null()]);
const Values = Type.Union([
  Type.Object({
    name: Text,
    description: NullableText,
    category: NullableText,
    attributes: Attributes,
  }),
  Type.Object({ name: Text, kind: Type.Enum(LOCATION_KINDS), attributes: Attributes }),
  Type.Object({ expiresAt: Moment }),
]);

const totals = { quantity: Count, received: Count, lost: Count, returned: Count, found: Count };

const Details = Type.Object({
  reason: Type.Optional(Text),
  reference: Type.Optional(Text),
  transferId: Type.Optional(Text),
  destination: Type.Optional(Text),
  source: Type.Optional(Text),
  step: Type.Optional(Type.Enum(TRANSFER_STEPS)),
  places: Type.Optional(Type.Array(Type.Object({ place: Text, ...totals }))),
  totals: Type.Optional(Type.Object(totals)),
  peer: Type.Optional(Text),
  request: Type.Optional(Text),
  madeBy: Type.Optional(Text),
  origin: Type.Optional(Text),
  expiresAt: Type.Optional(Moment),
  ttlSeconds: Type.Optional(Count),
  shortfall: Type.Optional(Count),
  session: Type.Optional(Count),
  units: Type.Optional(Count),
  keep: Type.Optional(Count),
  grant: Type.Optional(Count),
  replayOf: Type.Optional(Count),
  before: Type.Optional(Values),
  after: Type.Optional(Values),
  fence: Type.Optional(Type.Enum(FENCE_REASONS)),
  policy: Type.Optional(Policy),
});

const anyEntry = {
  position: Count,
  time: Moment,
  reservationId: NullableText,
  actor: Text,
  requestId: Text,
  details: Type.Union([Details, Type.Null()]),
};

/**
 * An entry is what it says to be: rules and readers rely on it. Whose it is is proven, and the rules say what it may do.
 * Fields of a later version are kept, for the digest covers them.
 */
const Entry = Type.Union([
  Type.Object({
    ...anyEntry,
    type: Type.Enum(MOVEMENT_TYPES),
    sku: Text,
    location: Text,
    quantity: Count,
    from: Anywhere,
    to: Anywhere,
    version: Count,
    balances: Type.Object({
      available: Type.Integer({
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
      }),
      reserved: Count,
      committed: Count,
      unavailable: Count,
    }),
  }),
  Type.Object({
    ...anyEntry,
    type: Type.Enum(NOTICE_TYPES),
    sku: NullableText,
    location: NullableText,
    quantity: Type.Optional(Type.Undefined()),
  }),
]);

const Standing = { head: Count, received: Count, receivedDigest: Text };
const Session = { session: Count };
const Entries = { after: Count, entries: Type.Array(Entry) };

const Messages = Type.Union([
  Type.Object({
    type: Type.Literal('hello'),
    version: Count,
    node: Text,
    ...Standing,
    token: NullableText,
    nextToken: NullableText,
    recovering: Type.Boolean(),
  }),
  Type.Object({
    type: Type.Literal('welcome'),
    version: Count,
    node: Text,
    location: Text,
    policy: Policy,
    mode: Type.Enum(SESSION_MODES),
    ...Session,
    ...Standing,
  }),
  Type.Object({
    type: Type.Literal('refuse'),
    reason: Type.Enum(REFUSAL_REASONS),
    isYours: Type.Boolean(),
  }),
  Type.Object({ type: Type.Literal('ready'), ...Session }),
  Type.Object({ type: Type.Literal('entries'), ...Session, ...Entries, through: Count }),
  Type.Object({ type: Type.Literal('ack'), ...Session, through: Count }),
  Type.Object({ type: Type.Literal('recall'), ...Session, after: Count }),
  Type.Object({ type: Type.Literal('lost'), ...Session, ...Entries, isEnd: Type.Boolean() }),
  Type.Object({
    type: Type.Literal('rewind'),
    ...Session,
    common: Count,
    digest: Text,
    kept: Type.Optional(Count),
  }),
  Type.Object({ type: Type.Literal('rewound'), ...Session }),
  Type.Object({ type: Type.Literal('ping') }),
  Type.Object({ type: Type.Literal('pong') }),
]);

const checker = Compile(Messages);

/** Messages as JSON. */
export const jsonCodec: Codec = {
  encode: (message) => JSON.stringify(message),
  decode(text) {
    const value = parsed(text);
    return isMessage(value) ? value : undefined;
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is Message {
  return checker.Check(value);
}
