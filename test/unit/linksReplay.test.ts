import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import { decideReplay } from '../../src/domain/links/replay.ts';
import { atShop, givenLinkState, moved, noticed } from '../support/givenLink.ts';
import {
  type Given,
  level,
  NOW,
  product,
  reservation,
  shop,
  transfer,
  transferLine,
} from '../support/givenState.ts';

/** A lost event that is put back, on what there is by now, and what is booked for it. */
interface Row {
  readonly rule: string;
  readonly available?: number;
  readonly given?: Given;
  readonly lost: LoggedEvent;
  readonly booked: readonly string[];
}

const known: Given = { products: [product('apple')], locations: [shop('north')] };
/** The last grant of the hub that this log still knows of. */
const LINK = { acceptedThrough: 2 };
const held = reservation();
const details = { expiresAt: NOW + 60_000, ttlSeconds: 60 };
const hold = moved('reserve', ['available', 'reserved'], 5, { reservationId: 'r1', details });
const part = moved('accept', ['transit', 'committed'], 5, {
  reservationId: 'r1',
  details: { peer: 'hub', grant: 3, madeBy: 'hub' },
});

const NO_TOTALS = { quantity: 0, received: 0, lost: 0, returned: 0, found: 0 };
const dispatched = moved('dispatch', ['available', 'transit'], 5, {
  details: { transferId: 't1', destination: 'south', totals: { ...NO_TOTALS, quantity: 5 } },
});
/** The second arrival, after one of 2. */
const arrived = moved('arrive', ['transit', 'available'], 5, {
  location: 'south',
  details: { transferId: 't1', totals: { ...NO_TOTALS, received: 7 } },
});
const receivedOf = (received: number) => ({
  locations: [shop('north'), shop('south')],
  transfers: [transfer({ lines: [transferLine({ quantity: 9, received })] })],
});

const ROWS: readonly Row[] = [
  {
    rule: 'what has come in came in',
    lost: moved('receive', ['supplier', 'available'], 5),
    booked: ['receive 5 supplier -> available'],
  },
  {
    rule: 'what was sold over the counter is gone, whether it is missing here or not',
    available: 1,
    lost: moved('sell', ['available', 'customer'], 5),
    booked: ['sell 5 available -> customer'],
  },
  {
    rule: 'what was passed to the peer is with the peer, whether it is missing here or not',
    available: 1,
    lost: moved('grant', ['available', 'transit'], 5, { details: { peer: 'hub' } }),
    booked: ['grant 5 available -> transit'],
  },
  {
    rule: 'a promise is made again where it can be kept',
    available: 5,
    lost: hold,
    booked: ['reserve 5 available -> reserved of r1'],
  },
  { rule: 'and is not where it cannot', available: 4, lost: hold, booked: [] },
  {
    rule: 'nor where the id was given to something else',
    available: 9,
    given: { reservations: [held] },
    lost: hold,
    booked: [],
  },
  {
    rule: 'what follows a promise that was not made again is nothing',
    available: 9,
    lost: moved('confirm', ['reserved', 'committed'], 5, { reservationId: 'r1' }),
    booked: [],
  },
  {
    rule: 'but what was handed over of it is gone',
    available: 9,
    lost: moved('fulfil', ['committed', 'customer'], 5, { reservationId: 'r1' }),
    booked: ['adjust 5 available -> shrinkage'],
  },
  {
    rule: 'a confirm goes with its hold',
    given: {
      reservations: [held],
      levels: [level('apple', 'north', { reserved: 5 })],
    },
    lost: moved('confirm', ['reserved', 'committed'], 5, { reservationId: 'r1' }),
    booked: ['confirm 5 reserved -> committed of r1'],
  },
  {
    rule: 'a part of another node is taken in again',
    lost: part,
    booked: ['accept 5 transit -> committed of r1'],
  },
  {
    rule: 'as units where its id was given to something else',
    given: { reservations: [held] },
    lost: part,
    booked: ['accept 5 transit -> available'],
  },
  {
    rule: 'goods that were sold elsewhere and passed on are gone, with or without their reservation',
    available: 9,
    lost: moved('grant', ['committed', 'transit'], 5, {
      reservationId: 'r1',
      details: { peer: 'shop' },
    }),
    booked: ['grant 5 available -> transit'],
  },
  {
    rule: 'nothing is put aside that is not there',
    available: 1,
    lost: moved('quarantine', ['available', 'unavailable'], 5),
    booked: [],
  },
  {
    rule: 'goods that were sent are gone, though the books have none left',
    available: 1,
    lost: dispatched,
    booked: ['dispatch 5 available -> transit'],
  },
  {
    rule: 'unless they were sent again under the same id',
    given: { transfers: [transfer()] },
    lost: dispatched,
    booked: [],
  },
  {
    rule: 'goods that had arrived are there, though their dispatch is not known any more',
    given: { locations: [shop('north'), shop('south')] },
    lost: arrived,
    booked: ['arrive 5 transit -> available'],
  },
  {
    rule: 'unless they were received again',
    given: receivedOf(7),
    lost: arrived,
    booked: [],
  },
  {
    rule: 'or as far as they were not',
    given: receivedOf(4),
    lost: arrived,
    booked: ['arrive 3 transit -> available'],
  },
  {
    rule: 'and all of them where only what came before was received again',
    given: receivedOf(2),
    lost: arrived,
    booked: ['arrive 5 transit -> available'],
  },
  {
    rule: 'what was written off on the way is',
    given: receivedOf(4),
    lost: moved('discrepancy', ['transit', 'shrinkage'], 5, {
      location: 'south',
      details: { transferId: 't1', totals: { ...NO_TOTALS, received: 4, lost: 5 } },
    }),
    booked: ['discrepancy 5 transit -> shrinkage'],
  },
  {
    rule: 'goods that came back are there, though their dispatch is not known any more',
    lost: moved('recall', ['transit', 'available'], 5, { details: { transferId: 't1' } }),
    booked: ['recall 5 transit -> available'],
  },
  {
    rule: 'what the catalogue has lost as well comes back with a name of its own',
    given: { products: [], locations: [] },
    lost: moved('receive', ['supplier', 'available'], 5),
    booked: ['product_created', 'location_created', 'receive 5 supplier -> available'],
  },
  {
    rule: 'no grant of the peer is taken in twice',
    lost: moved('accept', ['transit', 'available'], 5, { details: { peer: 'hub', grant: 2 } }),
    booked: [],
  },
  {
    rule: 'a product comes back as it was',
    given: { products: [product('apple', 'Old')] },
    lost: noticed('product_changed', {
      sku: 'apple',
      details: { after: { name: 'New', description: null, category: null, attributes: null } },
    }),
    booked: ['product_changed'],
  },
  {
    rule: 'a hold that was made to last longer does again',
    given: { reservations: [held] },
    lost: noticed('extend', {
      reservationId: 'r1',
      details: { after: { expiresAt: NOW + 90_000 } },
    }),
    booked: ['extend of r1'],
  },
  {
    rule: 'unless it is over',
    given: { reservations: [reservation({ status: 'expired' })] },
    lost: noticed('extend', { reservationId: 'r1' }),
    booked: [],
  },
  {
    rule: 'a product that was to be removed is again',
    given: { products: [product('apple')] },
    lost: noticed('removal_asked', { sku: 'apple' }),
    booked: ['removal_asked'],
  },
  {
    rule: 'all nodes are asked again about one that was removed: there may be goods of it since',
    given: { products: [{ ...product('apple'), removal: ['one'] }] },
    lost: noticed('product_deleted', { sku: 'apple' }),
    booked: ['removal_asked'],
  },
  {
    rule: 'unless it is gone',
    given: { products: [] },
    lost: noticed('product_deleted', { sku: 'apple' }),
    booked: [],
  },
  {
    rule: 'a location that was removed stays: there may be goods since',
    lost: noticed('location_deleted', { location: 'north' }),
    booked: [],
  },
  {
    rule: 'what nodes have said of it is known again',
    given: { products: [{ ...product('apple'), removal: ['one'] }] },
    lost: noticed('removal_cleared', { sku: 'apple', details: { peer: 'two' } }),
    booked: ['removal_cleared'],
  },
  {
    rule: 'once',
    given: { products: [{ ...product('apple'), removal: ['one'] }] },
    lost: noticed('removal_cleared', { sku: 'apple', details: { peer: 'one' } }),
    booked: [],
  },
  {
    rule: 'and that one of them has some',
    given: { products: [{ ...product('apple'), removal: [] }] },
    lost: noticed('removal_kept', { sku: 'apple', details: { peer: 'one' } }),
    booked: ['removal_kept'],
  },
  {
    rule: 'what was said of a product that is not to be removed is not put back',
    given: { products: [product('apple')] },
    lost: noticed('removal_cleared', { sku: 'apple', details: { peer: 'one' } }),
    booked: [],
  },
  {
    rule: 'a product that was wanted again is again, though it is the same',
    given: { products: [{ ...product('apple'), removal: [] }] },
    lost: noticed('product_changed', {
      sku: 'apple',
      details: { after: { name: 'apple', description: null, category: null, attributes: null } },
    }),
    booked: ['product_changed'],
  },
  { rule: 'other notices are not put back', lost: noticed('want'), booked: [] },
];

function replayed({ available = 0, given = {}, lost }: Row) {
  const levels = [level('apple', 'north', { available })];
  return decideReplay(givenLinkState({ ...known, levels, ...given }), atShop(LINK), [lost]).flat();
}

describe('a lost event that is put back', () => {
  it.each(ROWS)('$rule', (row) => {
    const booked = replayed(row).map((event) => {
      const { type, reservationId } = event;
      const whose = reservationId === null ? '' : ` of ${reservationId}`;
      if (!('quantity' in event)) return `${type}${whose}`;
      const { quantity, from, to } = event;
      return `${type} ${quantity} ${from} -> ${to}${whose}`;
    });
    expect(booked).toEqual(row.booked);
  });

  it.each(ROWS.filter(({ booked }) => booked.length > 0))('says which: $rule', (row) => {
    expect(replayed(row).at(-1)?.details).toMatchObject({ replayOf: 10 });
  });
});
