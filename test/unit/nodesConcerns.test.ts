import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES, isMovement, type LoggedEvent } from '../../src/domain/events.ts';
import { type Link, newLink } from '../../src/domain/links/link.ts';
import { concerns } from '../../src/nodes/concerns.ts';
import { anyEntry } from '../support/nodes/anyEntry.ts';

const policy = { hubShare: 0.5, floor: 0 };
const toShop = newLink({
  peer: 'shop',
  peerRole: 'store',
  self: 'hub',
  location: 'S',
  secret: 'x',
  policy,
});
const toHub: Link = { ...toShop, peer: 'hub', peerRole: 'hub', self: 'shop' };

/** At the shop's own location as often as elsewhere, and about the shop as often as about another. */
const entries = anyEntry.chain((entry) =>
  fc
    .record({
      at: fc.constantFrom('S', 'T'),
      peer: fc.constantFrom('shop', 'other'),
      origin: fc.constantFrom(undefined, 'hub'),
    })
    .map(({ at, peer, origin }): LoggedEvent => {
      const { origin: _, ...details } = entry.details ?? {};
      return {
        ...entry,
        location: at,
        details: { ...details, peer, ...(origin !== undefined && { origin }) },
      };
    }),
);

describe('what concerns a peer', () => {
  test('hangs on nothing that ever changes, so both ends mean the same entries for ever', () => {
    const changes = fc.record({
      session: fc.nat(),
      received: fc.nat(),
      acknowledged: fc.nat(),
      fence: fc.constantFrom(null, 'restored' as const),
      status: fc.constantFrom('active' as const, 'retired' as const),
      policy: fc.constant({ hubShare: 0, floor: 9 }),
    });
    fc.assert(
      fc.property(entries, changes, fc.constantFrom(toShop, toHub), (entry, change, link) => {
        const asSent: LoggedEvent = JSON.parse(JSON.stringify(entry));
        expect(concerns({ ...link, ...change }, asSent)).toBe(concerns(link, entry));
      }),
    );
  });

  test('is all that a shop says, but for what it has copied from the hub', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        expect(concerns(toHub, entry)).toBe(entry.details?.origin === undefined);
      }),
    );
  });

  test('is every movement at the location of the shop, and none elsewhere', () => {
    fc.assert(
      fc.property(entries.filter(isMovement), (entry) => {
        expect(concerns(toShop, entry)).toBe(entry.location === 'S');
      }),
    );
  });

  test.each(['want', 'want_refused', 'cancel_asked'] as const)(
    'a `%s` is for the one that it names',
    (type) => {
      fc.assert(
        fc.property(
          entries.filter((entry) => !isMovement(entry)),
          (entry) => {
            const said = { ...entry, type } as LoggedEvent;
            expect(concerns(toShop, said)).toBe(entry.details?.peer === 'shop');
          },
        ),
      );
    },
  );

  test.each(EVENT_TYPES.filter((type) => /^(product|location)_|^node_(added|retired)$/.test(type)))(
    'every shop hears of a `%s`, wherever it is',
    (type) => {
      fc.assert(
        fc.property(
          entries.filter((entry) => !isMovement(entry)),
          (entry) => {
            expect(concerns(toShop, { ...entry, type } as LoggedEvent)).toBe(true);
          },
        ),
      );
    },
  );
});
