import { describe, expect, it } from 'vitest';
import type { MovementDraft } from '../../src/domain/events.ts';
import {
  decideCover,
  decideFirstSplit,
  decideHandOver,
  decideSplit,
} from '../../src/domain/links/grants.ts';
import { POLICIES } from '../../src/domain/links/policy.ts';
import type { Share } from '../../src/domain/links/share.ts';
import type { ReservationLine } from '../../src/domain/reservation.ts';
import { atHub, share } from '../support/givenLink.ts';
import { level, NOW, reservation } from '../support/givenState.ts';

function units(grants: readonly MovementDraft[]): number {
  return grants.reduce((sum, { quantity }) => sum + quantity, 0);
}

const own = (available: number) => level('apple', 'north', { available });

interface Split {
  readonly own: number;
  readonly peer: Partial<Share>;
  readonly hubShare: number;
  readonly floor: number;
  readonly units: number;
}

describe('the shop passes to the hub its part of what came in', () => {
  it.each<Split>([
    { own: 10, peer: {}, hubShare: 0.5, floor: 0, units: 5 },
    { own: 9, peer: {}, hubShare: 0.5, floor: 0, units: 4 },
    { own: 10, peer: {}, hubShare: 1, floor: 0, units: 10 },
    { own: 10, peer: {}, hubShare: 0, floor: 0, units: 0 },
    { own: 10, peer: {}, hubShare: 1, floor: 8, units: 2 },
    { own: 3, peer: {}, hubShare: 1, floor: 8, units: 0 },
    { own: 10, peer: { available: 4 }, hubShare: 0.5, floor: 0, units: 3 },
    { own: 10, peer: { granted: 4 }, hubShare: 0.5, floor: 0, units: 3 },
    { own: 2, peer: { available: 20 }, hubShare: 0.5, floor: 0, units: 0 },
    { own: -3, peer: {}, hubShare: 1, floor: 0, units: 0 },
    { own: 10, peer: { available: -4 }, hubShare: 0.5, floor: 0, units: 5 },
  ])('$own here, $peer there, $hubShare to the hub over $floor: $units', (row) => {
    const grants = decideSplit(own(row.own), share('hub', row.peer), row);
    expect(units(grants)).toBe(row.units);
  });

  it('as one grant of available units, which says why', () => {
    expect(decideSplit(own(10), share('hub'), { hubShare: 0.5, floor: 0 })).toEqual([
      {
        type: 'grant',
        sku: 'apple',
        location: 'north',
        quantity: 5,
        from: 'available',
        to: 'transit',
        reservationId: null,
        details: {
          peer: 'hub',
          reason: "newly shared; policy: the hub's part is 0.5, floor 0",
        },
      },
    ]);
  });

  it.each([
    {
      what: 'nothing of demand',
      demand: { hub: 0, shop: 0 },
      reason: "policy: the hub's part is 0.5, floor 0",
    },
    {
      what: 'demand of the SKU',
      demand: { hub: 3, shop: 1 },
      reason: 'expected demand: 3.0 at the hub, 1.0 in the shop',
    },
  ])('and of what it knows: $what', ({ demand, reason }) => {
    const [grant] = decideSplit(own(10), share('hub'), POLICIES.adaptive, demand);
    expect(grant?.details).toEqual({ peer: 'hub', reason: `newly shared; ${reason}` });
  });
});

describe('the hub passes to a new shop its part of what it owned there', () => {
  it.each<Split>([
    { own: 10, peer: {}, hubShare: 0.5, floor: 0, units: 5 },
    { own: 9, peer: {}, hubShare: 0.5, floor: 0, units: 5 },
    { own: 10, peer: {}, hubShare: 0, floor: 0, units: 10 },
    { own: 10, peer: {}, hubShare: 1, floor: 0, units: 0 },
    { own: 10, peer: {}, hubShare: 1, floor: 3, units: 3 },
    { own: 2, peer: {}, hubShare: 1, floor: 3, units: 2 },
    { own: 10, peer: { available: 4 }, hubShare: 0.5, floor: 0, units: 3 },
    { own: 10, peer: { granted: 9, arrived: 5 }, hubShare: 0.5, floor: 0, units: 3 },
    { own: -1, peer: {}, hubShare: 0, floor: 5, units: 0 },
  ])('$own here, $peer there, $hubShare to the hub over $floor: $units', (row) => {
    const grants = decideFirstSplit(own(row.own), share('shop', row.peer), row);
    expect(units(grants)).toBe(row.units);
  });

  it('and says why of what it divides, and not of what only the shop can look at', () => {
    const both = level('apple', 'north', { available: 4, unavailable: 1 });
    const reasons = decideFirstSplit(both, share('shop'), POLICIES.split).map(
      ({ details }) => details?.reason,
    );
    expect(reasons).toEqual(["newly shared; policy: the hub's part is 0.5, floor 0", undefined]);
  });

  it('so that one split after the other passes nothing back', () => {
    const policy = { hubShare: 0.37, floor: 2 };
    for (let all = 0; all <= 60; all++) {
      const passed = units(decideFirstSplit(own(all), share('shop'), policy));
      const kept = all - passed;
      const back = decideSplit(own(passed), share('hub', { available: kept }), policy);
      expect([all, units(back)]).toEqual([all, 0]);
    }
  });
});

describe('what the peer owes is passed to it before all else', () => {
  it.each([
    { own: 10, peer: { available: -3 }, units: 3 },
    { own: 2, peer: { available: -3 }, units: 2 },
    { own: 10, peer: { available: -3, granted: 2 }, units: 1 },
    { own: 10, peer: { available: -3, granted: 7 }, units: 0 },
    { own: -1, peer: { available: -3 }, units: 0 },
    { own: 10, peer: { available: 0, reserved: 4 }, units: 0 },
  ])('$own here, $peer there: $units', (row) => {
    expect(units(decideCover(own(row.own), share('shop', row.peer)))).toBe(row.units);
  });
});

describe('what was sold goes to the node that has the goods', () => {
  const line = (row: Partial<ReservationLine> = {}): ReservationLine => {
    const all = { sku: 'apple', location: 'north', quantity: 5, confirmed: 5, fulfilled: 0 };
    return { ...all, ...row };
  };
  const handedOver = (lines: ReservationLine[], row = {}) =>
    decideHandOver(reservation({ status: 'confirmed', lines, ...row }), atHub());

  it('by a grant that names the reservation', () => {
    expect(handedOver([line()])).toEqual([
      {
        type: 'grant',
        sku: 'apple',
        location: 'north',
        quantity: 5,
        from: 'committed',
        to: 'transit',
        reservationId: 'r1',
        details: { peer: 'shop', expiresAt: NOW + 60_000, ttlSeconds: 60 },
      },
    ]);
  });

  it('only the lines of its location, as far as they were sold and not handed over', () => {
    const lines = [
      line({ confirmed: 3 }),
      line({ location: 'south' }),
      line({ sku: 'pear', confirmed: 0 }),
      line({ sku: 'plum', fulfilled: 4 }),
    ];
    expect(handedOver(lines).map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['apple', 3],
      ['plum', 1],
    ]);
  });

  it('once', () => {
    const passed = { node: 'shop', open: 0, cancelled: 5 };
    expect(handedOver([line({ passed })])).toEqual([]);
  });

  it.each(['held', 'cancelled', 'expired', 'fulfilled'] as const)('not while it is %s', (status) =>
    expect(handedOver([line()], { status })).toEqual([]),
  );

  it('not what another node has sold', () => {
    expect(handedOver([line()], { madeBy: 'shop' })).toEqual([]);
  });
});
