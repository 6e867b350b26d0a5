import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import { EVENT_TYPES, type LoggedEvent } from '../../src/domain/events.ts';
import { createFeed } from '../../src/feed/createFeed.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { matches } from '../../src/feed/filter.ts';
import type { EventFilter } from '../../src/queries/store.ts';
import { ENGINES, QueryStage } from '../support/queryStage.ts';

const SKUS = ['a', 'b'];
const PLACES = ['east', 'west'];

const sku = fc.constantFrom(...SKUS);
const location = fc.constantFrom(...PLACES);
const quantity = fc.integer({ min: 1, max: 5 });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    type: fc.constantFrom('receive' as const, 'sell' as const),
    sku,
    location,
    quantity,
  }),
  fc.record({
    type: fc.constant('reserve' as const),
    reservationId: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    lines: fc.array(fc.record({ sku, location, quantity }), { minLength: 1, maxLength: 3 }),
    ttlSeconds: fc.constantFrom(1, 60),
    reference: fc.constant(null),
    metadata: fc.constant(null),
  }),
  fc.record({ type: fc.constant('cancel' as const), reservationId: fc.constantFrom('r1', 'r2') }),
);

const works = fc.array(fc.array(command, { minLength: 1, maxLength: 6 }), { maxLength: 12 });
const filter: fc.Arbitrary<EventFilter> = fc.record(
  { sku, location, types: fc.uniqueArray(fc.constantFrom(...EVENT_TYPES), { minLength: 1 }) },
  { requiredKeys: [] },
);

/** Follows the feed until it is aborted. @returns what came, filled as it comes */
function follow(feed: Feed, after: number, filter: EventFilter, signal: AbortSignal) {
  const events: LoggedEvent[] = [];
  const ended = (async () => {
    for await (const item of feed.follow({ after, filter, signal })) {
      if (item.kind === 'events') events.push(...item.events);
    }
  })();
  return { events, ended };
}

// A database with a network in between does not stand still with the clock of the test; it has tests of its own.
const LOCAL = ENGINES.filter(({ name }) => name !== 'postgres');

describe.each(LOCAL)('the feed of a running ledger, on $name', (engine) => {
  it('brings readers that were there and readers that come late the same events', async () => {
    await fc.assert(
      fc.asyncProperty(works, filter, fc.nat(20), async (batches, filter, start) => {
        const stage = await QueryStage.open(engine);
        const { time, ledger, storage } = stage;
        const store = storage.queries;
        const feed = createFeed(
          { store, ledger, timers: time, stopwatch: time },
          { pageEvents: 4 },
        );
        await stage.stocked(SKUS, PLACES);
        const stop = new AbortController();
        const early = follow(feed, 0, filter, stop.signal);
        for (const commands of batches) {
          await stage.submit(...commands);
          await time.advance(400);
        }
        const head = await store.head();
        const after = Math.min(start, head.position);
        const late = follow(feed, after, filter, stop.signal);
        await time.advance(1_000);
        stop.abort();
        await time.until(Promise.all([early.ended, late.ended]));
        const log = (await store.events({ after: 0, limit: 10_000 })).events;
        const wanted = log.filter((event) => matches(event, filter));
        expect(early.events).toEqual(wanted);
        expect(late.events).toEqual(wanted.filter((event) => event.position > after));
        await stage.close();
      }),
      { numRuns: 30 },
    );
  });
});
