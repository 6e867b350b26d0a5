import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type EventDraft, isMovement } from '../../src/domain/events.ts';
import { type Ends, hubPart, needsOf } from '../../src/domain/links/atRest.ts';
import { decideBalance } from '../../src/domain/links/balance.ts';
import { kindOf, POLICIES, policyOf, type SharePolicy } from '../../src/domain/links/policy.ts';
import { atShop, share } from '../support/givenLink.ts';
import { level } from '../support/givenState.ts';

/** What is decided at the shop: units passed to the hub, or, below zero, asked of it. */
function movedToHub(now: Ends, policy: SharePolicy, demand?: Ends): number {
  const own = level('apple', 'north', { available: now.shop });
  const hubs = share('hub', { available: now.hub });
  return decideBalance(atShop(), own, hubs, policy, demand).reduce(
    (sum, draft) => sum + units(draft),
    0,
  );
}

function units(draft: EventDraft): number {
  return isMovement(draft) ? draft.quantity : -(draft.details?.units ?? 0);
}

const { adaptive, split, hub, shop } = POLICIES;

interface Case {
  readonly what: string;
  readonly now: Ends;
  readonly policy: SharePolicy;
  readonly demand?: Ends;
  readonly toHub: number;
}

describe('units are moved to where they are to be at rest', () => {
  it.each<Case>([
    { what: 'hub: all of them', now: { hub: 0, shop: 7 }, policy: hub, toHub: 7 },
    { what: 'hub: a single one', now: { hub: 6, shop: 1 }, policy: hub, toHub: 1 },
    { what: 'shop: all of them', now: { hub: 3, shop: 4 }, policy: shop, toHub: -3 },
    { what: 'split: not for a few', now: { hub: 4, shop: 6 }, policy: split, toHub: 0 },
    { what: 'split: when far off', now: { hub: 2, shop: 8 }, policy: split, toHub: 3 },
    { what: 'split: when one end has none', now: { hub: 0, shop: 3 }, policy: split, toHub: 1 },
    {
      what: 'split: the floor is kept',
      now: { hub: 0, shop: 5 },
      policy: { hubShare: 1, floor: 4 },
      toHub: 1,
    },
    {
      what: 'split: the floor is filled up',
      now: { hub: 5, shop: 1 },
      policy: { hubShare: 0.5, floor: 4 },
      toHub: -3,
    },
    { what: 'nothing there', now: { hub: 0, shop: 0 }, policy: split, toHub: 0 },
    { what: 'a shortfall is none of it', now: { hub: 0, shop: -4 }, policy: hub, toHub: 0 },
    { what: 'adaptive: not without demand', now: { hub: 0, shop: 9 }, policy: adaptive, toHub: 0 },
    {
      what: 'adaptive: to the end that sells',
      now: { hub: 1, shop: 9 },
      policy: adaptive,
      demand: { hub: 3, shop: 0 },
      toHub: 9,
    },
    {
      what: 'adaptive: what both need comes first',
      now: { hub: 0, shop: 10 },
      policy: adaptive,
      demand: { hub: 0.02, shop: 4 },
      toHub: 1,
    },
    {
      what: 'adaptive: nothing where both have what they need',
      now: { hub: 4, shop: 6 },
      policy: adaptive,
      demand: { hub: 1, shop: 1 },
      toHub: 0,
    },
    {
      what: 'adaptive: the last one goes to the end that wants it more',
      now: { hub: 0, shop: 1 },
      policy: adaptive,
      demand: { hub: 0.3, shop: 0.15 },
      toHub: 1,
    },
    {
      what: 'adaptive: of two, each end has one, unless one end asks for nearly all',
      now: { hub: 0, shop: 2 },
      policy: adaptive,
      demand: { hub: 0.3, shop: 0.15 },
      toHub: 1,
    },
    {
      what: 'adaptive: what is less than what is expected is divided as demand is',
      now: { hub: 0, shop: 4 },
      policy: adaptive,
      demand: { hub: 9, shop: 3 },
      toHub: 3,
    },
    {
      what: 'adaptive: the floor is kept, however little there is',
      now: { hub: 0, shop: 2 },
      policy: { ...adaptive, floor: 2 },
      demand: { hub: 9, shop: 3 },
      toHub: 0,
    },
    {
      what: 'adaptive: the last one stays with either of two who want it alike',
      now: { hub: 1, shop: 0 },
      policy: adaptive,
      demand: { hub: 1, shop: 1 },
      toHub: 0,
    },
  ])('$what', ({ now, policy, demand, toHub }) => {
    expect(movedToHub(now, policy, demand)).toBe(toHub);
  });

  it('by a grant that says why', () => {
    const own = level('apple', 'north', { available: 4 });
    const [grant] = decideBalance(atShop(), own, share('hub'), hub, undefined);
    expect(grant).toMatchObject({
      type: 'grant',
      quantity: 4,
      details: { peer: 'hub', reason: "policy: the hub's part is 1, floor 0" },
    });
  });

  it('or by asking for what the hub has too much of, and leaving it the rest', () => {
    const own = level('apple', 'north', { available: 0 });
    const hubs = share('hub', { available: 8 });
    const demand = { hub: 0.01, shop: 2 };
    expect(decideBalance(atShop(), own, hubs, adaptive, demand)).toEqual([
      {
        type: 'share_wanted',
        sku: 'apple',
        location: 'north',
        reservationId: null,
        details: {
          peer: 'hub',
          session: 4,
          units: 7,
          keep: 1,
          reason: 'expected demand: 0.010 at the hub, 2.0 in the shop',
        },
      },
    ]);
  });
});

const someUnits = fc.nat({ max: 200 });
const anyPolicy = fc
  .record({
    hubShare: fc.double({ min: 0, max: 1, noNaN: true }),
    floor: fc.nat({ max: 20 }),
    adaptive: fc.constantFrom(true as const, undefined),
  })
  .map(
    ({ hubShare, floor, adaptive }): SharePolicy => ({
      hubShare,
      floor,
      ...(adaptive && { adaptive }),
    }),
  );
const anyDemand = fc.option(
  fc.record({
    hub: fc.double({ min: 0, max: 100, noNaN: true }),
    shop: fc.double({ min: 0, max: 100, noNaN: true }),
  }),
  { nil: undefined },
);

describe('whatever the policy and the demand', () => {
  test('the part of the hub is some of what there is', () => {
    fc.assert(
      fc.property(someUnits, anyPolicy, anyDemand, (all, policy, demand) => {
        const part = hubPart(all, policy, demand);
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThanOrEqual(all + 1e-9);
      }),
    );
  });

  test('nobody passes on or is asked for what he does not have, and nothing is moved a second time', () => {
    fc.assert(
      fc.property(someUnits, someUnits, anyPolicy, anyDemand, (hub, shop, policy, demand) => {
        const moved = movedToHub({ hub, shop }, policy, demand);
        expect(moved).toBeLessThanOrEqual(shop);
        expect(-moved).toBeLessThanOrEqual(hub);
        const after = { hub: hub + moved, shop: shop - moved };
        expect(movedToHub(after, policy, demand)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an end that lacks what it needs is left so only where both lack some', () => {
    fc.assert(
      fc.property(someUnits, someUnits, anyDemand, (hub, shop, demand) => {
        fc.pre(demand !== undefined && demand.hub + demand.shop > 0);
        const moved = movedToHub({ hub, shop }, adaptive, demand);
        const needs = needsOf(demand, adaptive);
        fc.pre(needs.hub + needs.shop <= hub + shop);
        expect(hub + moved).toBeGreaterThanOrEqual(needs.hub);
        expect(shop - moved).toBeGreaterThanOrEqual(needs.shop);
      }),
    );
  });
});

describe('a policy', () => {
  const policy = {
    ...adaptive,
    exceptions: [
      { of: 'category', name: 'dairy', ...shop },
      { of: 'sku', name: 'milk', ...hub },
    ],
  } as const;

  it.each([
    { sku: 'milk', category: 'dairy', kind: 'hub' },
    { sku: 'cheese', category: 'dairy', kind: 'shop' },
    { sku: 'dairy', category: null, kind: 'adaptive' },
    { sku: 'tea', category: undefined, kind: 'adaptive' },
  ])('of $sku in $category is that of the SKU, the category, the location: $kind', (row) => {
    expect(kindOf(policyOf(policy, row.sku, row.category))).toBe(row.kind);
  });

  it.each([
    { of: { hubShare: 1, floor: 3 }, kind: 'split' },
    { of: { hubShare: 0, floor: 3 }, kind: 'shop' },
    { of: { hubShare: 0.2, floor: 0 }, kind: 'split' },
  ])('$of is called $kind', (row) => {
    expect(kindOf(row.of)).toBe(row.kind);
  });
});
