import fc from 'fast-check';
import {
  type EventDetails,
  type LoggedEvent,
  MOVEMENT_TYPES,
  NOTICE_TYPES,
} from '../../../src/domain/events.ts';
import { FENCE_REASONS } from '../../../src/domain/links/link.ts';
import { TRANSFER_STEPS } from '../../../src/domain/transfer.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const moment = fc.nat({ max: 8_640_000_000_000_000 });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

const product = fc.record({
  name: text,
  description: orNull(text),
  category: orNull(text),
  attributes: orNull(fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(text, fc.boolean()))),
});
const place = fc.record({
  name: text,
  kind: fc.constantFrom('store' as const, 'warehouse' as const, 'venue' as const),
  attributes: fc.constant(null),
});
const policy = fc.record(
  {
    hubShare: fc.double({ min: 0, max: 1, noNaN: true }),
    floor: count,
    adaptive: fc.constant(true as const),
  },
  { requiredKeys: ['hubShare', 'floor'] },
);
const values = fc.oneof(product, place, fc.record({ expiresAt: moment }));

const counts = { quantity: count, received: count, lost: count, returned: count, found: count };
const totals = fc.record(counts);

const details: fc.Arbitrary<EventDetails> = fc.record(
  {
    reason: text,
    reference: text,
    occurredAt: count,
    transferId: text,
    destination: text,
    source: text,
    step: fc.constantFrom(...TRANSFER_STEPS),
    totals,
    places: fc.array(fc.record({ place: text, ...counts }), { maxLength: 3 }),
    expiresAt: moment,
    ttlSeconds: count,
    shortfall: count,
    before: values,
    after: values,
    peer: text,
    request: text,
    session: count,
    units: count,
    grant: count,
    madeBy: text,
    origin: text,
    replayOf: count,
    fence: fc.constantFrom(...FENCE_REASONS),
    policy,
    keep: count,
  },
  { requiredKeys: [] },
);

const common = {
  position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  time: moment,
  reservationId: orNull(text),
  actor: text,
  requestId: text,
  details: orNull(details),
};

const account = fc.constantFrom('available' as const, 'reserved' as const, 'committed' as const);

const movement: fc.Arbitrary<LoggedEvent> = fc.record({
  ...common,
  type: fc.constantFrom(...MOVEMENT_TYPES),
  sku: text,
  location: text,
  quantity: count,
  from: fc.oneof(account, fc.constantFrom('supplier' as const, 'transit' as const)),
  to: fc.oneof(account, fc.constantFrom('customer' as const, 'shrinkage' as const)),
  version: count,
  balances: fc.record({
    available: fc.maxSafeInteger(),
    reserved: count,
    committed: count,
    unavailable: count,
  }),
});

const notice: fc.Arbitrary<LoggedEvent> = fc.record({
  ...common,
  type: fc.constantFrom(...NOTICE_TYPES),
  sku: orNull(text),
  location: orNull(text),
});

/** Events as any log may hold them, of every type; what they say need not make sense. */
export const anyEntry: fc.Arbitrary<LoggedEvent> = fc.oneof(movement, notice);
