import { describe, expect, it } from 'vitest';
import type { ReserveCommand } from '../../src/domain/commands.ts';
import { CANDIDATES_IN_ALL_MAX } from '../../src/domain/limits.ts';
import type { OpenShortage } from '../../src/domain/refusals.ts';
import type { OpenLine } from '../../src/domain/sourcing/sourcing.ts';
import type { StockedPlace } from '../../src/domain/sourcing/stockedPlace.ts';
import { placesToLookAt } from '../../src/ledger/placesToLookAt.ts';
import { NOW } from '../support/givenState.ts';

const line: OpenLine = { sku: 'tea', quantity: 9, from: 'any', candidates: [] };

/** So many lines that each may come from two places only. */
const others = Array.from({ length: CANDIDATES_IN_ALL_MAX / 2 - 1 }, (_, index): OpenLine => {
  return { ...line, sku: `other-${index}` };
});

const command: ReserveCommand = {
  type: 'reserve',
  reservationId: 'r1',
  lines: [],
  sourcing: { strategy: 'most_stock', lines: [line, ...others] },
  ttlSeconds: 60,
  reference: null,
  metadata: null,
};

const shortage: OpenShortage = {
  sku: 'tea',
  location: null,
  from: 'any',
  preferred: null,
  requested: 9,
  available: 0,
  earliestReleaseAt: null,
};

/** Where the line is to be looked for, with these places, of which none was looked at. */
function found(places: readonly StockedPlace[], mayBorrow: boolean) {
  const refusal = { code: 'insufficient_stock', shortages: [shortage] } as const;
  const stockedAt = (sku: string) => (sku === 'tea' ? places : []);
  const work = { actor: 'ann', requestId: 'q', items: [{ command }], looksEverywhere: true };
  return placesToLookAt(
    { now: NOW, stockedAt },
    { ...work, mayBorrow },
    { kind: 'refused', index: 0, refusal, replay: null },
  )?.map(({ location }) => location);
}

function place(location: string, available: number, elsewhere = 0): StockedPlace {
  return { location, available, releaseAt: null, elsewhere };
}

describe('where a line is looked for that may come from two places only', () => {
  const places = [place('lent', 1, 50), place('lent more', 2, 50), place('own', 9), place('no', 0)];

  it('is where most can be had, with what others have where they may be asked', () => {
    expect(found(places, true)).toEqual(['lent more', 'lent']);
  });

  it('and without it where they may not', () => {
    expect(found(places, false)).toEqual(['own', 'lent more']);
  });

  it('is also where a hold is due, after where there is some', () => {
    const due = { ...place('due', 0), releaseAt: NOW };
    const later = { ...place('later', 0), releaseAt: NOW + 1 };
    expect(found([later, due, place('own', 1)], false)).toEqual(['own', 'due']);
  });
});
