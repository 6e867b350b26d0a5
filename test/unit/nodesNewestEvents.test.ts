import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import { type Link, newLink } from '../../src/domain/links/link.ts';
import { audiencesWith, concerns } from '../../src/nodes/concerns.ts';
import { NewestEvents } from '../../src/nodes/newestEvents.ts';
import { anyEntry } from '../support/nodes/anyEntry.ts';
import { SHOP_KEEPS_ALL as policy } from '../support/nodes/stage.ts';

const FIRST = 1_000;

function linkTo(peer: string, location: string): Link {
  const made = { peer, peerRole: 'store', self: 'hub', location, secret: 'x', policy } as const;
  return newLink(made);
}

const toHub: Link = { ...linkTo('hub', 'S'), peerRole: 'hub', self: 'shop' };
const LINKS = [linkTo('s', 'S'), linkTo('t', 'T'), linkTo('u', 'U'), toHub];

/** A log that goes on after `FIRST`, at three places and about three shops. */
const logs = fc
  .array(
    fc.record({
      entry: anyEntry,
      location: fc.constantFrom('S', 'T', 'elsewhere'),
      peer: fc.constantFrom('s', 't', 'elsewhere'),
    }),
    { maxLength: 40 },
  )
  .map((entries) =>
    entries.map(
      ({ entry, location, peer }, i): LoggedEvent => ({
        ...entry,
        position: FIRST + 1 + i,
        location,
        details: { ...entry.details, peer },
      }),
    ),
  );

describe('the newest events of a log', () => {
  test('are for each link what concerns it, from any position on, in pages of any length', () => {
    fc.assert(
      fc.property(logs, fc.nat(40), fc.integer({ min: 1, max: 9 }), (events, skipped, limit) => {
        const newest = new NewestEvents(FIRST);
        newest.add(events.slice(0, 7));
        newest.add(events.slice(7));
        const start = FIRST + skipped;
        for (const link of LINKS) {
          const seen: LoggedEvent[] = [];
          let after = start;
          while (after < newest.head) {
            const slice = newest.slice(link, after, limit);
            expect(slice?.entries.length).toBeLessThanOrEqual(limit);
            expect(slice?.through).toBeGreaterThan(after);
            seen.push(...(slice?.entries ?? []));
            after = slice?.through ?? Infinity;
          }
          const expected = events.filter(
            (event) => event.position > start && concerns(link, event),
          );
          expect(seen).toEqual(expected);
        }
      }),
    );
  });

  test('tell whom they concern', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const met = new NewestEvents(FIRST).add(events);
        for (const link of LINKS.filter(({ peerRole }) => peerRole === 'store')) {
          const isMet = audiencesWith(link).some((audience) => met.has(audience));
          expect(isMet).toBe(events.some((event) => concerns(link, event)));
        }
      }),
    );
  });

  test('are not known before they were followed, nor once there are too many', () => {
    const newest = new NewestEvents(FIRST);
    const [shop = toHub, other = toHub] = LINKS;
    expect(newest.slice(shop, FIRST - 1, 9)).toBeUndefined();
    expect(newest.slice(shop, FIRST, 9)).toEqual({ entries: [], through: FIRST });
    const at = (i: number): LoggedEvent => ({
      position: FIRST + 1 + i,
      time: 0,
      type: 'product_deleted',
      sku: 'A',
      location: null,
      reservationId: null,
      actor: 'a',
      requestId: 'r',
      details: null,
    });
    const events = Array.from({ length: 10_000 }, (_, i) => at(i));
    for (const event of events) newest.add([event]);
    expect(newest.slice(shop, FIRST, 9)).toBeUndefined();
    const recent = newest.head - 4_000;
    expect(newest.slice(other, recent, 5_000)).toEqual({
      entries: events.slice(-4_000),
      through: newest.head,
    });
  });
});
