import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { EVENT_TYPES } from '../../domain/events.ts';
import { type Codec, type Message, REFUSAL_REASONS, SESSION_MODES } from '../messages.ts';

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Text = Type.String();
const NullableText = Type.Union([Text, Type.Null()]);

/**
 * Of an entry only what its receiver would stumble over is checked: it is proven whose it is, and the rules say what
 * it may do. Fields of a later version are kept, for the digest covers them.
 */
const Entry = Type.Object({
  position: Count,
  time: Count,
  type: Type.Enum(EVENT_TYPES),
  sku: NullableText,
  location: NullableText,
  reservationId: NullableText,
  actor: Text,
  requestId: Text,
  details: Type.Union([Type.Object({}), Type.Null()]),
  quantity: Type.Optional(Count),
  version: Type.Optional(Count),
});

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
    policy: Type.Object({ hubShare: Type.Number({ minimum: 0, maximum: 1 }), floor: Count }),
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
  Type.Object({ type: Type.Literal('rewind'), ...Session, common: Count, digest: Text }),
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
