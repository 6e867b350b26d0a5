import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Line, ReserveCommand } from '../../src/domain/commands.ts';
import { decide } from '../../src/domain/decide.ts';
import { isMovement } from '../../src/domain/events.ts';
import { emptyShare, type Share } from '../../src/domain/links/share.ts';
import { distanceKm } from '../../src/domain/sourcing/coordinates.ts';
import { byPreference, UNLISTED } from '../../src/domain/sourcing/order.ts';
import { chooseParts, type Demand, type Supply } from '../../src/domain/sourcing/plan.ts';
import {
  type OpenLine,
  type Sourcing,
  STRATEGIES,
  type Strategy,
} from '../../src/domain/sourcing/sourcing.ts';
import { type Given, givenState, level, NOW, product, shop } from '../support/givenState.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const NONE: ReadonlySet<string> = new Set();

/** Places with units, by line; every line can be filled. */
const orders = fc
  .array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 7, maxLength: 7 }), {
    minLength: 1,
    maxLength: 4,
  })
  .filter((lines) => lines.every((units) => total(units) > 0))
  .chain((lines) =>
    fc.tuple(
      fc.constant(lines),
      fc.tuple(...lines.map((units) => fc.integer({ min: 1, max: total(units) }))),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 7, maxLength: 7 }),
      fc.subarray(NAMES, { maxLength: 2 }),
    ),
  )
  .map(([lines, wanted, km, parcels]) => ({
    demands: lines.map((units, line) => demandOf(`sku${line}`, wanted[line] ?? 0, units, km)),
    parcels: new Set(parcels),
  }));

function demandOf(
  sku: string,
  quantity: number,
  units: readonly number[],
  km: readonly number[],
): Demand {
  const supplies = NAMES.map((location, index) => ({
    location,
    listed: UNLISTED,
    km: km[index] ?? 0,
    units: units[index] ?? 0,
  }));
  return { sku, quantity, supplies: supplies.filter((supply) => supply.units > 0) };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function partsOf({ sku }: Demand, parts: readonly Line[]): readonly Line[] {
  return parts.filter((part) => part.sku === sku);
}

function placesOf(parts: readonly Line[]): ReadonlySet<string> {
  return new Set(parts.map(({ location }) => location));
}

describe('the parts of a line', () => {
  it.each(STRATEGIES)('add up to it and are there, by %s', (strategy) => {
    fc.assert(
      fc.property(orders, ({ demands, parcels }) => {
        const parts = chooseParts(strategy, demands, parcels);
        for (const demand of demands) {
          const own = partsOf(demand, parts);
          expect(total(own.map(({ quantity }) => quantity))).toBe(demand.quantity);
          expect(placesOf(own).size).toBe(own.length);
          for (const { location, quantity } of own) {
            const supply = demand.supplies.find((one) => one.location === location);
            expect(quantity).toBeGreaterThan(0);
            expect(quantity).toBeLessThanOrEqual(supply?.units ?? 0);
          }
        }
      }),
    );
  });

  it.each(STRATEGIES)('do not hang on the order in which places were found, by %s', (strategy) => {
    fc.assert(
      fc.property(orders, ({ demands, parcels }) => {
        const turned = demands.map((demand) => ({
          ...demand,
          supplies: demand.supplies.toReversed(),
        }));
        expect(chooseParts(strategy, turned, parcels)).toEqual(
          chooseParts(strategy, demands, parcels),
        );
      }),
    );
  });
});

describe('fewest_parcels', () => {
  it('finds no more places than trying all sets of them', () => {
    fc.assert(
      fc.property(orders, ({ demands, parcels }) => {
        const parts = chooseParts('fewest_parcels', demands, parcels);
        const more = [...placesOf(parts)].filter((location) => !parcels.has(location));
        expect(more.length).toBe(fewestByForce(demands, parcels));
      }),
      { numRuns: 500 },
    );
  });

  it('finds fewer places than taking the one that gives most', () => {
    // `c` gives most of six lines, and what is left after it are two lines for two places more.
    const gives = ['a', 'f', 'bcde', 'abc', 'def'];
    const demands = [...'abcdef'].map((sku) =>
      demandOf(
        sku,
        1,
        gives.map((skus) => (skus.includes(sku) ? 1 : 0)),
        [0, 0, 0, 1, 1],
      ),
    );
    expect([...placesOf(chooseParts('fewest_parcels', demands, NONE))]).toEqual(['d', 'e']);
  });

  it('takes the nearer of places that serve equally well', () => {
    const demands = [demandOf('tea', 2, [5, 9, 2], [3, 2, 1])];
    expect(chooseParts('fewest_parcels', demands, NONE)).toEqual([
      { sku: 'tea', location: 'c', quantity: 2 },
    ]);
  });

  it('takes from where something comes from anyway', () => {
    const demands = [demandOf('tea', 2, [0, 9, 2], [1, 1, 9])];
    expect(chooseParts('fewest_parcels', demands, new Set(['c']))).toEqual([
      { sku: 'tea', location: 'c', quantity: 2 },
    ]);
  });

  it('chooses among very many places in a bounded number of steps', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `store-${index}`);
    const demands = Array.from({ length: 10 }, (_, line) => ({
      sku: `sku${line}`,
      quantity: 700,
      supplies: names.map((location, index) => ({
        location,
        listed: UNLISTED,
        km: index % 17,
        units: 1 + ((index * (line + 3)) % 11),
      })),
    }));
    const parts = chooseParts('fewest_parcels', demands, NONE);
    expect(total(parts.map(({ quantity }) => quantity))).toBe(7_000);
  });
});

/** How many places an order needs besides those that it takes something from anyway, all sets of them tried. */
function fewestByForce(demands: readonly Demand[], parcels: ReadonlySet<string>): number {
  let fewest = NAMES.length;
  for (let set = 0; set < 2 ** NAMES.length; set++) {
    const chosen = NAMES.filter((_, index) => (set >> index) % 2 === 1);
    const isEnough = demands.every(({ quantity, supplies }) => {
      const there = supplies.filter(
        ({ location }) => chosen.includes(location) || parcels.has(location),
      );
      return total(there.map(({ units }) => units)) >= quantity;
    });
    const more = chosen.filter((location) => !parcels.has(location)).length;
    if (isEnough) fewest = Math.min(fewest, more);
  }
  return fewest;
}

describe('nearest and most_stock', () => {
  it.each<[Strategy, (one: Supply, other: Supply) => number]>([
    ['nearest', byPreference],
    ['most_stock', (one, other) => other.units - one.units || byPreference(one, other)],
  ])('%s leaves nothing in a better place than one that it takes from', (strategy, compare) => {
    fc.assert(
      fc.property(orders, ({ demands }) => {
        const parts = chooseParts(strategy, demands, NONE);
        for (const demand of demands) {
          const sorted = [...demand.supplies].sort(compare);
          const own = partsOf(demand, parts);
          const taken = sorted.map(
            ({ location }) => own.find((part) => part.location === location)?.quantity ?? 0,
          );
          const last = taken.findLastIndex((units) => units > 0);
          const before = sorted.slice(0, last).map(({ units }) => units);
          expect(taken.slice(0, last)).toEqual(before);
        }
      }),
    );
  });
});

describe('distanceKm', () => {
  const BERLIN = { latitude: 52.52, longitude: 13.405 };
  const PARIS = { latitude: 48.8566, longitude: 2.3522 };

  it.each([
    ['from Berlin to Paris', BERLIN, PARIS, 877.5],
    ['to where one is', BERLIN, BERLIN, 0],
    ['over the date line', at(0, 179.5), at(0, -179.5), 111.2],
    ['from pole to pole', at(90, 0), at(-90, 77), 20_015.1],
  ])('%s', (_, one, other, km) => {
    expect(distanceKm(one, other)).toBeCloseTo(km, 0);
    expect(distanceKm(other, one)).toBeCloseTo(km, 0);
  });

  function at(latitude: number, longitude: number) {
    return { latitude, longitude };
  }
});

const LOCATIONS = ['north', 'south', 'west'];

/** One product in three shops, those with coordinates north of each other. */
function given(units: readonly number[], more: Given = {}): Given {
  return {
    products: [product('tea'), product('mug')],
    locations: LOCATIONS.map((name, index) => ({
      ...shop(name),
      ...(index < 2 && { attributes: { latitude: 10 * index, longitude: 0 } }),
    })),
    levels: units.map((available, index) => level('tea', LOCATIONS[index] ?? '', { available })),
    ...more,
  };
}

function open(quantity: number, fields: Partial<OpenLine> = {}): OpenLine {
  const candidates = LOCATIONS.map((location) => ({ location }));
  return { sku: 'tea', quantity, from: 'any', candidates, ...fields };
}

function reserve(line: OpenLine, fields: Partial<Sourcing> = {}, lines: Line[] = []) {
  const sourcing = { strategy: 'nearest', lines: [line], ...fields } as const;
  const rest = { ttlSeconds: 60, reference: null, metadata: null };
  return { type: 'reserve', reservationId: 'r1', lines, sourcing, ...rest } as const;
}

function decided(state: Given, command: ReserveCommand, borrowable = () => 0) {
  const at = { now: NOW, actor: 'ann', rules: { holdLifeMaxMs: 600_000 }, borrowable };
  const decision = decide(givenState(state), command, at);
  if (!decision.accepted) return decision.refusal;
  return decision.events
    .filter((event) => isMovement(event))
    .map(({ location, quantity }) => ({ at: location, units: quantity }));
}

describe('a reservation with open lines', () => {
  it('takes the nearest first, and places without coordinates last', () => {
    const near = { latitude: 11, longitude: 0 };
    expect(decided(given([5, 1, 5]), reserve(open(7), { near }))).toEqual([
      { at: 'south', units: 1 },
      { at: 'north', units: 5 },
      { at: 'west', units: 1 },
    ]);
  });

  it('takes the first of the list first where no point is given', () => {
    const line = open(6, { from: ['west', 'south', 'north'] });
    expect(decided(given([5, 1, 5]), reserve(line))).toEqual([
      { at: 'west', units: 5 },
      { at: 'south', units: 1 },
    ]);
  });

  it('adds its parts to lines that name the place, which take theirs first', () => {
    const fixed = [{ sku: 'tea', location: 'north', quantity: 4 }];
    expect(decided(given([5, 9, 0]), reserve(open(3), { strategy: 'nearest' }, fixed))).toEqual([
      { at: 'north', units: 5 },
      { at: 'south', units: 2 },
    ]);
  });

  it('is refused as a whole with what all places have together', () => {
    const fixed = [{ sku: 'mug', location: 'north', quantity: 1 }];
    expect(
      decided(given([1, 0, 1], { earliestReleaseAt: 9 }), reserve(open(3), {}, fixed)),
    ).toEqual({
      code: 'insufficient_stock',
      shortages: [
        { sku: 'mug', location: 'north', requested: 1, available: 0, earliestReleaseAt: 9 },
        {
          sku: 'tea',
          location: null,
          from: 'any',
          preferred: 'north',
          requested: 3,
          available: 2,
          earliestReleaseAt: 9,
        },
      ],
    });
  });

  it('says where it was not looked for, and when a hold ends there', () => {
    const unseen = { available: 0, releaseAt: null, elsewhere: 0 };
    const stockedAt = [
      { ...unseen, location: 'north', available: 9 },
      { ...unseen, location: 'east', available: 4 },
      { ...unseen, location: 'up', elsewhere: 2 },
      { ...unseen, location: 'down', releaseAt: NOW + 5 },
    ];
    const line = open(3, { candidates: [{ location: 'west' }] });
    const state = given([9, 0, 1], { stockedAt, earliestReleaseAt: NOW + 9 });
    expect(decided(state, reserve(line))).toMatchObject({
      shortages: [
        { available: 1, notLookedAt: { locations: 3, units: 15 }, earliestReleaseAt: NOW + 5 },
      ],
    });
    const listed = { ...line, from: ['west', 'east'] };
    const places = [...LOCATIONS, 'east'].map((name) => shop(name));
    expect(decided({ ...state, locations: places }, reserve(listed))).toMatchObject({
      shortages: [{ notLookedAt: { locations: 1, units: 4 } }],
    });
  });

  it('takes nothing from a place that is fenced, and says so where there is no other', () => {
    const fenced = { ...shop('north'), fence: 'unproven' } as const;
    const places = given([5, 2]).locations?.slice(1) ?? [];
    const state = given([5, 2], { locations: [fenced, ...places] });
    expect(decided(state, reserve(open(2)))).toEqual([{ at: 'south', units: 2 }]);
    expect(decided(state, reserve(open(3)))).toMatchObject({ code: 'insufficient_stock' });
    const line = open(1, { candidates: [{ location: 'north' }] });
    expect(decided(state, reserve(line))).toMatchObject({ code: 'node_fenced' });
  });

  it.each<[string, Partial<OpenLine>, object]>([
    ['product', { sku: 'cup' }, { code: 'product_not_found', sku: 'cup' }],
    ['location', { from: ['north', 'moon'] }, { code: 'location_not_found', location: 'moon' }],
  ])('is refused for an unknown %s', (_, fields, refusal) => {
    expect(decided(given([5]), reserve(open(1, fields)))).toEqual(refusal);
  });

  it('counts on units of others only where they may be asked for, and says what is missing', () => {
    const share: Share = { ...emptyShare('s1', 'tea', 'south'), available: 4 };
    const state = given([1, 0, 0], { shares: [share] });
    expect(decided(state, reserve(open(3)))).toMatchObject({
      shortages: [{ location: null, available: 1, elsewhere: [{ node: 's1', available: 4 }] }],
    });
    expect(decided(state, reserve(open(3)), () => 4)).toMatchObject({
      shortages: [{ location: 'south', requested: 2, available: 0 }],
    });
  });
});

describe('the same request again', () => {
  const lines = [
    { sku: 'tea', location: 'north', quantity: 2, confirmed: 0, fulfilled: 0 },
    { sku: 'tea', location: 'south', quantity: 1, confirmed: 0, fulfilled: 0 },
  ];
  const known = { ...given([0, 0, 0]), reservations: [made()] };

  function made() {
    const times = { expiresAt: NOW + 60_000, createdAt: NOW, updatedAt: NOW };
    const rest = { ttlSeconds: 60, reference: null, metadata: null, createdBy: 'ann' };
    return { id: 'r1', status: 'held', lines, ...times, ...rest } as const;
  }

  function fixed(location: string, quantity: number): Line {
    return { sku: 'tea', location, quantity };
  }

  it.each<[string, ReserveCommand]>([
    ['from anywhere', reserve(open(3))],
    ['from a list', reserve(open(3, { from: ['south', 'north'] }))],
    ['with a line that names its place', reserve(open(2), {}, [fixed('north', 1)])],
  ])('is accepted and changes nothing: %s', (_, command) => {
    expect(decided(known, command)).toEqual([]);
  });

  it.each<[string, ReserveCommand]>([
    ['of more', reserve(open(4))],
    ['of less', reserve(open(2))],
    ['of something else', reserve(open(3, { sku: 'mug' }))],
    ['from other places', reserve(open(3, { from: ['north', 'west'] }))],
    ['with more at one place', reserve(open(1), {}, [fixed('south', 2)])],
    ['with a line elsewhere', reserve(open(3), {}, [fixed('west', 1)])],
  ])('is another one: %s', (_, command) => {
    expect(decided(known, command)).toEqual({ code: 'reservation_id_taken', reservationId: 'r1' });
  });
});
