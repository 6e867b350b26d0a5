import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/domain/events.ts';
import { jsonCodec } from '../../src/nodes/http/codec.ts';
import { type Message, REFUSAL_REASONS, SESSION_MODES } from '../../src/nodes/messages.ts';
import { anyEntry } from '../support/nodes/anyEntry.ts';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const text = fc.string({ unit: 'grapheme' });
const orNull = fc.option(text, { nil: null });
const standing = { head: count, received: count, receivedDigest: text };
const pages = { session: count, after: count, entries: fc.array(anyEntry, { maxLength: 4 }) };
const share = {
  hubShare: fc.double({ min: 0, max: 1, noNaN: true }).map((part) => part + 0),
  floor: count,
};
const exception = fc.record({
  ...share,
  of: fc.constantFrom('sku' as const, 'category'),
  name: text,
});
const policy = fc.record(
  {
    ...share,
    adaptive: fc.constant(true as const),
    exceptions: fc.array(exception, { maxLength: 3 }),
  },
  { requiredKeys: ['hubShare', 'floor'] },
);

const MESSAGES: { readonly [T in Message['type']]: fc.Arbitrary<Message> } = {
  hello: fc.record({
    type: fc.constant('hello' as const),
    version: count,
    node: text,
    token: orNull,
    nextToken: orNull,
    recovering: fc.boolean(),
    ...standing,
  }),
  welcome: fc.record({
    type: fc.constant('welcome' as const),
    version: count,
    node: text,
    location: text,
    policy,
    session: count,
    mode: fc.constantFrom(...SESSION_MODES),
    ...standing,
  }),
  refuse: fc.record({
    type: fc.constant('refuse' as const),
    reason: fc.constantFrom(...REFUSAL_REASONS),
    isYours: fc.boolean(),
  }),
  ready: fc.record({ type: fc.constant('ready' as const), session: count }),
  entries: fc.record({ type: fc.constant('entries' as const), ...pages, through: count }),
  ack: fc.record({ type: fc.constant('ack' as const), session: count, through: count }),
  recall: fc.record({ type: fc.constant('recall' as const), session: count, after: count }),
  lost: fc.record({ type: fc.constant('lost' as const), ...pages, isEnd: fc.boolean() }),
  rewind: fc.record({
    type: fc.constant('rewind' as const),
    session: count,
    common: count,
    digest: text,
  }),
  rewound: fc.record({ type: fc.constant('rewound' as const), session: count }),
  ping: fc.constant({ type: 'ping' as const }),
  pong: fc.constant({ type: 'pong' as const }),
};

const anyMessage = fc.oneof(...Object.values(MESSAGES));

describe('a message comes back from its text as it was', () => {
  test.each(Object.entries(MESSAGES))('%s', (_type, messages) => {
    fc.assert(
      fc.property(messages, (message) => {
        // Zero has no sign in JSON.
        expect(jsonCodec.decode(jsonCodec.encode(message))).toEqual(unsigned(message));
      }),
    );
  });

  test.each(EVENT_TYPES)('an entry of type %s', (type) => {
    const ofType = anyEntry.filter((entry) => 'quantity' in entry === isMovementType(type));
    fc.assert(
      fc.property(ofType, (entry) => {
        const entries = [{ ...entry, type }];
        const message = { type: 'entries', session: 1, after: 0, through: 9, entries };
        expect(jsonCodec.decode(JSON.stringify(message))).toEqual(unsigned(message));
      }),
      { numRuns: 20 },
    );
  });
});

describe('what is no message of this version is undefined', () => {
  test('any text', () => {
    fc.assert(
      fc.property(fc.string(), (said) => {
        expect(jsonCodec.decode(said)).toBe(undefined);
      }),
    );
  });

  test('any other JSON', () => {
    fc.assert(
      fc.property(fc.json(), (said) => {
        expect(jsonCodec.decode(said)).toBe(undefined);
      }),
    );
  });

  test('a message that was cut short', () => {
    fc.assert(
      fc.property(anyMessage, fc.double({ min: 0, max: 0.99, noNaN: true }), (message, part) => {
        const said = jsonCodec.encode(message);
        expect(jsonCodec.decode(said.slice(0, Math.floor(said.length * part)))).toBe(undefined);
      }),
    );
  });

  test('a message that lacks one of its members', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, choice) => {
        const members = Object.keys(message);
        const left = members.filter((_, index) => index !== choice % members.length);
        const rest = Object.fromEntries(
          Object.entries(message).filter(([name]) => left.includes(name)),
        );
        expect(jsonCodec.decode(JSON.stringify(rest))).toBe(undefined);
      }),
    );
  });

  test.each([
    ['a negative position', { type: 'ack', session: 1, through: -1 }],
    ['a position that is no integer', { type: 'ack', session: 1, through: 1.5 }],
    ['a position beyond what is exact', { type: 'ack', session: 1, through: 2 ** 53 }],
    ['a number as text', { type: 'ack', session: '1', through: 1 }],
    ['an unknown reason', { type: 'refuse', reason: 'mood', isYours: true }],
    ['an unknown mode', { type: 'ready', session: null }],
    ['an entry that is none', { type: 'entries', session: 1, after: 0, through: 1, entries: [1] }],
    ['an unknown type', { type: 'entries?', session: 1 }],
  ])('%s', (_what, message) => {
    expect(jsonCodec.decode(JSON.stringify(message))).toBe(undefined);
  });

  test('an entry of an unknown type', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const entries = [{ ...entry, type: 'vanish' }];
        const message = { type: 'entries', session: 1, after: 0, through: 1, entries };
        expect(jsonCodec.decode(JSON.stringify(message))).toBe(undefined);
      }),
    );
  });
});

test('members that a later version adds to an entry are kept, for the digest covers them', () => {
  fc.assert(
    fc.property(anyEntry, text, (entry, value) => {
      const details = { ...entry.details, colour: value };
      const entries = [{ ...entry, details, smell: value }];
      const message = { type: 'entries', session: 1, after: 0, through: 1, entries };
      expect(jsonCodec.decode(JSON.stringify(message))).toEqual(unsigned(message));
    }),
  );
});

function isMovementType(type: (typeof EVENT_TYPES)[number]): boolean {
  return !EVENT_TYPES.slice(EVENT_TYPES.indexOf('extend')).includes(type);
}

/** As JSON has it: without a sign before zero. */
function unsigned(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
