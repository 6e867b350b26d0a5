import { describe, expect, test } from 'vitest';
import type { EventDetails, EventDraft } from '../../src/domain/events.ts';
import { decideReplay } from '../../src/domain/links/replay.ts';
import { replayHere } from '../../src/domain/links/replayTransfer.ts';
import type { PlaceTotals } from '../../src/domain/transfer.ts';
import { atHub, atShop, givenLinkState, noticed } from '../support/givenLink.ts';
import { level, product, shop } from '../support/givenState.ts';

const ID = '019c1f9e-6c00-7000-8000-000000000002';
const MOST = Number.MAX_SAFE_INTEGER;
const NONE = { quantity: 0, received: 0, lost: 0, returned: 0, found: 0 };

/** The hub has the goods at `west` in hand; the shops at `north` and `south` each those of their own. */
const STATE = givenLinkState({
  products: [product('apple')],
  locations: [
    { ...shop('north'), node: 'shop' },
    { ...shop('south'), node: 'other' },
    shop('west'),
  ],
  levels: [level('apple', 'south', { available: 3 }), level('apple', 'west', { available: 3 })],
});

function at(place: string, totals: Partial<PlaceTotals>): PlaceTotals {
  return { ...NONE, ...totals, place };
}

function step(places: readonly PlaceTotals[], details: EventDetails = {}, location = 'north') {
  const said = { transferId: ID, source: 'north', destination: 'south', places, ...details };
  return noticed('transfer_step', { sku: 'apple', location, details: said });
}

function shown(drafts: readonly EventDraft[]): readonly string[] {
  return drafts.map((draft) => {
    const units = 'quantity' in draft ? ` ${draft.quantity}` : '';
    return `${draft.type}${units} at ${draft.location}`;
  });
}

/** What a hub that was restored books by what the shop at `north` shows as its copy of a lost notice. */
function atRestoredHub(places: readonly PlaceTotals[], details?: EventDetails) {
  return shown(decideReplay(STATE, atHub(), [step(places, details)]).flat());
}

describe('what a shop says that a restored hub had told it', () => {
  test('is booked at a place of the hub, and told to another shop', () => {
    const places = [at('west', { received: 2 }), at('south', { received: 4 })];
    expect(atRestoredHub(places)).toEqual(['transfer_step at south', 'arrive 2 at west']);
  });

  test('is booked once, though it names a place twice', () => {
    const place = at('west', { received: 2 });
    expect(atRestoredHub([place, place])).toEqual(['arrive 2 at west']);
  });

  test.each([
    ['an id that is none', { transferId: 't1' }],
    ['a place that nobody may name', { source: 'a\u0000b' }],
    ['a destination that nobody may name', { destination: ' ' }],
    ['a text that no database keeps', { reason: 'a\u0000b' }],
  ])('does nothing with %s', (_what, details) => {
    const destination = { destination: 'south', ...details };
    expect(atRestoredHub([at('north', NONE), at('south', { received: 4 })], destination)).toEqual(
      [],
    );
  });

  test('does nothing where it comes to more than can be counted', () => {
    const places = [at('south', { received: MOST }), at('west', { received: 1 })];
    expect(atRestoredHub(places)).toEqual([]);
  });

  test('does nothing where a level of the hub has no room for it', () => {
    expect(atRestoredHub([at('west', { received: MOST })])).toEqual([]);
    expect(atRestoredHub([at('west', { returned: MOST })])).toEqual([]);
  });
});

describe('what a shop hears that it has done itself', () => {
  const hear = (totals: Partial<PlaceTotals>) => {
    const event = step([at('south', totals)], { peer: 'other', replayOf: 4 }, 'south');
    const link = atShop({ self: 'other', location: 'south' });
    return shown(replayHere(STATE, link, event).flat());
  };

  test('is booked as far as its books lack it', () => {
    expect(hear({ received: 4 })).toEqual(['arrive 4 at south']);
  });

  test('is not where its level has no room for it, which would end its link for good', () => {
    expect(hear({ received: MOST })).toEqual([]);
    expect(hear({ received: MOST, returned: MOST })).toEqual([]);
  });
});
