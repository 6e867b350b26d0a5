import { describe, expect, it } from 'vitest';
import type { LoggedEvent, NoticeType } from '../../src/domain/events.ts';
import { decideEntry } from '../../src/domain/links/entries.ts';
import type { EventGroup } from '../../src/domain/links/eventGroup.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { atHub, atShop, givenLinkState, moved, noticed, share } from '../support/givenLink.ts';
import { type Given, level, NOW, product, reservation, shop } from '../support/givenState.ts';

/** What an entry of the peer's log does here: each event in a few words. */
interface Row {
  readonly rule: string;
  readonly given?: Given;
  readonly link: Link;
  readonly entry: LoggedEvent;
  readonly does: readonly string[];
}

function words(groups: readonly EventGroup[]): string[] {
  return groups.flat().map((event) => {
    if ('quantity' in event) {
      const { type, quantity, from, to, reservationId } = event;
      const whose = reservationId === null ? '' : ` of ${reservationId}`;
      return `${type} ${quantity} ${from} -> ${to}${whose}`;
    }
    const units = event.details?.units === undefined ? '' : ` ${event.details.units}`;
    return `${event.type}${units} ${event.reservationId ?? event.sku ?? event.location}`;
  });
}

const GRANTED = ['available', 'transit'] as const;
const SOLD = ['committed', 'transit'] as const;
const catalogue: Given = { products: [product('apple')], locations: [shop('north')] };
const asked = share('hub', { request: 'r9', requestSession: 4 });
const grant = (details = {}, row = {}) =>
  moved('grant', GRANTED, 5, { details: { peer: 'shop', ...details }, ...row });
const part = (id: string, row = {}) =>
  moved('grant', SOLD, 5, { reservationId: id, details: { peer: 'shop' }, ...row });
const want = (units: number, details = {}) =>
  noticed('want', {
    sku: 'apple',
    location: 'north',
    details: { peer: 'shop', request: 'r9', units, session: 4, ...details },
  });
const passed = { node: 'shop', open: 5, cancelled: 0 };
const soldOnline = reservation({
  status: 'confirmed',
  lines: [{ sku: 'apple', location: 'north', quantity: 5, confirmed: 5, fulfilled: 0, passed }],
});
const aPart = reservation({
  status: 'confirmed',
  madeBy: 'hub',
  lines: [{ sku: 'apple', location: 'north', quantity: 5, confirmed: 5, fulfilled: 2 }],
});
const ofPart = (type: 'fulfil' | 'cancel', units: number, id = 'r1') =>
  moved(type, ['committed', type === 'fulfil' ? 'customer' : 'available'], units, {
    reservationId: id,
    details: { madeBy: 'hub' },
  });
const short = (available: number) =>
  moved('sell', ['available', 'customer'], 1, {
    balances: { available, reserved: 0, committed: 0, unavailable: 0 },
  });

const UNITS: readonly Row[] = [
  {
    rule: 'units that were passed on are taken in',
    link: atShop(),
    entry: grant(),
    does: ['accept 5 transit -> available'],
  },
  {
    rule: 'no grant is taken in twice, whatever the cursor says',
    link: atShop({ acceptedThrough: 10 }),
    entry: grant(),
    does: [],
  },
  {
    rule: 'what was put back after a loss was taken in when it happened',
    link: atShop(),
    entry: grant({ replayOf: 7 }),
    does: [],
  },
  {
    rule: 'units for somebody else are not taken in',
    link: atShop(),
    entry: grant({ peer: 'other' }),
    does: [],
  },
  {
    rule: 'what was asked for is kept for the command that waits',
    given: { shares: [asked] },
    link: atShop(),
    entry: grant({ request: 'r9' }),
    does: ['accept 5 transit -> available', 'reserve 5 available -> reserved of r9'],
  },
  {
    rule: 'no more is kept than is left when what is missing was made good',
    given: { shares: [asked], levels: [level('apple', 'north', { available: -2 })] },
    link: atShop(),
    entry: grant({ request: 'r9' }),
    does: ['accept 5 transit -> available', 'reserve 3 available -> reserved of r9'],
  },
  {
    rule: 'nothing is kept where all of it makes good what is missing',
    given: { shares: [asked], levels: [level('apple', 'north', { available: -5 })] },
    link: atShop(),
    entry: grant({ request: 'r9' }),
    does: ['accept 5 transit -> available'],
  },
  {
    rule: 'nothing is kept for a command that was decided meanwhile',
    given: { shares: [asked], reservations: [reservation({ id: 'r9', status: 'cancelled' })] },
    link: atShop(),
    entry: grant({ request: 'r9' }),
    does: ['accept 5 transit -> available'],
  },
  {
    rule: 'nothing is kept for a request of an older session',
    given: { shares: [share('hub', { request: 'r9', requestSession: 3 })] },
    link: atShop(),
    entry: grant({ request: 'r9' }),
    does: ['accept 5 transit -> available'],
  },
  {
    rule: 'what was sold elsewhere becomes a part to be handed over here',
    link: atShop(),
    entry: part('r1'),
    does: ['accept 5 transit -> committed of r1'],
  },
  {
    rule: 'a part has another id where its own was taken here',
    given: { reservations: [reservation()] },
    link: atShop(),
    entry: part('r1'),
    does: ['accept 5 transit -> committed of r1@hub'],
  },
  {
    rule: 'a further line of a part of which the first was given back has another id',
    given: { reservations: [{ ...aPart, status: 'cancelled' }] },
    link: atShop(),
    entry: part('r1'),
    does: ['accept 5 transit -> committed of r1@hub'],
  },
  {
    rule: 'a further line of a part is kept under the id of the first',
    given: { reservations: [aPart] },
    link: atShop(),
    entry: part('r1', { sku: 'pear' }),
    does: ['accept 5 transit -> committed of r1'],
  },
];

const WANTS: readonly Row[] = [
  {
    rule: 'who asks is given what is there',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 3 })] },
    link: atShop(),
    entry: want(5),
    does: ['grant 3 available -> transit'],
  },
  {
    rule: 'and no more than it asks for',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 9 })] },
    link: atShop(),
    entry: want(5),
    does: ['grant 5 available -> transit'],
  },
  {
    rule: 'who has nothing says so',
    given: { ...catalogue, levels: [level('apple', 'north', { available: -1 })] },
    link: atShop(),
    entry: want(5),
    does: ['want_refused apple'],
  },
  {
    rule: 'nothing is given where it is not certain what is owned',
    given: {
      ...catalogue,
      locations: [{ ...shop('north'), fence: 'unproven' }],
      levels: [level('apple', 'north', { available: 9 })],
    },
    link: atShop(),
    entry: want(5),
    does: ['want_refused apple'],
  },
  {
    rule: 'a shop that is short itself gives to the hub',
    given: { ...catalogue, shares: [asked], levels: [level('apple', 'north', { available: 2 })] },
    link: atShop(),
    entry: want(5, { request: 'other' }),
    does: ['grant 2 available -> transit'],
  },
  {
    rule: 'a hub that is short itself does not give to a shop',
    given: {
      ...catalogue,
      shares: [share('shop', { request: 'own', requestSession: 4 })],
      levels: [level('apple', 'north', { available: 2 })],
    },
    link: atHub(),
    entry: want(5, { peer: 'hub' }),
    does: ['want_refused apple'],
  },
  {
    rule: 'what the hub had asked in an older session keeps nobody from being given to',
    given: {
      ...catalogue,
      shares: [share('shop', { request: 'own', requestSession: 3 })],
      levels: [level('apple', 'north', { available: 2 })],
    },
    link: atHub(),
    entry: want(5, { peer: 'hub' }),
    does: ['grant 2 available -> transit'],
  },
  {
    rule: 'what was asked in an older session is not answered',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 9 })] },
    link: atShop(),
    entry: want(5, { session: 3 }),
    does: [],
  },
  {
    rule: 'what somebody else was asked is not answered',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 9 })] },
    link: atShop(),
    entry: want(5, { peer: 'other' }),
    does: [],
  },
];

const SHORTFALLS: readonly Row[] = [
  {
    rule: 'a shortfall at the peer is covered at once',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 9 })] },
    link: atHub(),
    entry: short(-2),
    does: ['grant 2 available -> transit'],
  },
  {
    rule: 'as far as there is something',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 1 })] },
    link: atHub(),
    entry: short(-2),
    does: ['grant 1 available -> transit'],
  },
  {
    rule: 'what is on its way there counts',
    given: {
      ...catalogue,
      levels: [level('apple', 'north', { available: 9 })],
      shares: [share('shop', { granted: 8, arrived: 7 })],
    },
    link: atHub(),
    entry: short(-2),
    does: ['grant 1 available -> transit'],
  },
  {
    rule: 'parts on their way there count until they have come, and then what is missing is covered',
    given: {
      ...catalogue,
      levels: [level('apple', 'north', { available: 9 })],
      shares: [share('shop', { granted: 6 })],
    },
    link: atHub(),
    entry: moved('accept', ['transit', 'committed'], 6, {
      reservationId: 'r1',
      balances: { available: -2, reserved: 0, committed: 6, unavailable: 0 },
      details: { peer: 'hub', grant: 7, madeBy: 'hub' },
    }),
    does: ['grant 2 available -> transit'],
  },
  {
    rule: 'nothing passes where it is not certain what is owned',
    given: {
      ...catalogue,
      locations: [{ ...shop('north'), fence: 'restored' }],
      levels: [level('apple', 'north', { available: 9 })],
    },
    link: atHub(),
    entry: short(-2),
    does: [],
  },
];

const PARTS: readonly Row[] = [
  {
    rule: 'what the shop has handed over is known to the hub',
    given: { reservations: [soldOnline] },
    link: atHub(),
    entry: ofPart('fulfil', 2),
    does: ['part_fulfilled 2 r1'],
  },
  {
    rule: 'and what it has given back',
    given: { reservations: [soldOnline] },
    link: atHub(),
    entry: ofPart('cancel', 5, 'r1@hub'),
    does: ['part_cancelled 5 r1'],
  },
  {
    rule: 'no more is learnt than was open',
    given: { reservations: [soldOnline] },
    link: atHub(),
    entry: ofPart('fulfil', 6),
    does: [],
  },
  {
    rule: 'a reservation of the shop itself is none of the hub',
    given: { reservations: [soldOnline] },
    link: atHub(),
    entry: moved('fulfil', ['committed', 'customer'], 2, { reservationId: 'r1' }),
    does: [],
  },
  {
    rule: 'the shop gives back a part that it is asked to, but for what it has handed over',
    given: { reservations: [aPart] },
    link: atShop(),
    entry: noticed('cancel_asked', {
      location: 'north',
      reservationId: 'r1',
      details: { peer: 'shop', request: 'q9', session: 4 },
    }),
    does: ['cancel 3 committed -> available of r1'],
  },
  {
    rule: 'not when it was asked in an older session',
    given: { reservations: [aPart] },
    link: atShop(),
    entry: noticed('cancel_asked', {
      reservationId: 'r1',
      details: { peer: 'shop', request: 'q9', session: 3 },
    }),
    does: [],
  },
  {
    rule: 'not a reservation of its own',
    given: { reservations: [reservation({ status: 'confirmed' })] },
    link: atShop(),
    entry: noticed('cancel_asked', {
      reservationId: 'r1',
      details: { peer: 'shop', request: 'q9', session: 4 },
    }),
    does: [],
  },
];

const apple = { name: 'apple', description: null, category: null, attributes: null };
const place = { name: 'north', kind: 'store', attributes: null } as const;
const products = (type: 'product_created' | 'product_changed' | 'product_deleted', details = {}) =>
  noticed(type, { sku: 'apple', details });

const CATALOGUE: readonly Row[] = [
  {
    rule: 'a shop copies the products of its hub',
    link: atShop(),
    entry: products('product_created', { after: apple }),
    does: ['product_created apple'],
  },
  {
    rule: "over its own: the hub's version wins",
    given: { products: [product('apple', 'Provisional')] },
    link: atShop(),
    entry: products('product_created', { after: apple }),
    does: ['product_changed apple'],
  },
  {
    rule: 'nothing is written where nothing changes',
    given: { products: [{ ...product('apple'), node: 'hub' }] },
    link: atShop(),
    entry: products('product_changed', { after: apple }),
    does: [],
  },
  {
    rule: 'what the hub has removed goes here too',
    given: { products: [{ ...product('apple'), node: 'hub' }] },
    link: atShop(),
    entry: products('product_deleted', { before: apple }),
    does: ['product_deleted apple'],
  },
  {
    rule: 'locations are copied as well',
    link: atShop(),
    entry: noticed('location_created', { location: 'north', details: { after: place } }),
    does: ['location_created north'],
  },
  {
    rule: 'and who has the goods there',
    given: { locations: [{ ...shop('north'), node: 'hub' }] },
    link: atShop(),
    entry: noticed('node_added', { location: 'north', details: { peer: 'shop' } }),
    does: ['node_added north'],
  },
  {
    rule: 'a product that a shop has added becomes one of the chain',
    link: atHub(),
    entry: products('product_created', { after: apple }),
    does: ['product_created apple'],
  },
  {
    rule: 'unless the hub has one already',
    given: { products: [product('apple', 'Ours')] },
    link: atHub(),
    entry: products('product_created', { after: apple }),
    does: [],
  },
  {
    rule: 'a shop changes nothing else of the catalogue of the hub',
    given: catalogue,
    link: atHub(),
    entry: products('product_deleted', { before: apple }),
    does: [],
  },
];

const removing = (...removal: readonly string[]) => ({
  products: [{ ...product('apple'), removal }],
});
const said = (type: NoticeType, details = {}) => noticed(type, { sku: 'apple', details });

const REMOVALS: readonly Row[] = [
  {
    rule: 'a shop that has none of it says so, and lets it go',
    given: { products: [{ ...product('apple'), node: 'hub' }] },
    link: atShop(),
    entry: said('removal_asked'),
    does: ['product_deleted apple', 'removal_cleared apple'],
  },
  {
    rule: 'a shop that does not know it says so too',
    link: atShop(),
    entry: said('removal_asked'),
    does: ['removal_cleared apple'],
  },
  {
    rule: 'a shop that has some says how many',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 2, committed: 1 })] },
    link: atShop(),
    entry: said('removal_asked'),
    does: ['removal_kept 3 apple'],
  },
  {
    rule: 'those of the hub in its hands and on their way to the hub count as well',
    given: { ...catalogue, shares: [share('hub', { available: 2, granted: 5, arrived: 4 })] },
    link: atShop(),
    entry: said('removal_asked'),
    does: ['removal_kept 3 apple'],
  },
  {
    rule: 'the hub notes who has none',
    given: removing(),
    link: atHub(),
    entry: said('removal_cleared', { peer: 'hub' }),
    does: ['removal_cleared apple'],
  },
  {
    rule: 'the hub keeps what a shop has, for all',
    given: removing('other'),
    link: atHub(),
    entry: said('removal_kept', { peer: 'hub', units: 3 }),
    does: ['removal_kept 3 apple', 'product_changed apple'],
  },
  {
    rule: 'what a shop says is too late where it is wanted again',
    given: catalogue,
    link: atHub(),
    entry: said('removal_cleared', { peer: 'hub' }),
    does: [],
  },
  {
    rule: 'a shop that adds it again keeps it',
    given: removing('shop'),
    link: atHub(),
    entry: products('product_created', { after: apple }),
    does: ['product_changed apple'],
  },
  {
    rule: 'a shop does not lose what came in since it had none: the hub is to take it up again',
    given: { ...catalogue, levels: [level('apple', 'north', { available: 2 })] },
    link: atShop(),
    entry: products('product_deleted', { before: apple }),
    does: ['product_changed apple'],
  },
  {
    rule: 'the catalogue that a hub puts back may be news to this shop',
    link: atShop(),
    entry: products('product_created', { after: apple, replayOf: 7 }),
    does: ['product_created apple'],
  },
  {
    rule: 'what a shop puts back is none to the hub: it may have been removed since',
    link: atHub(),
    entry: products('product_created', { after: apple, replayOf: 7 }),
    does: [],
  },
];

const isTold = ({ link, entry, given = {} }: Row) =>
  words(decideEntry(givenLinkState({ ...given, links: [link] }), link, entry, NOW));

describe.each([
  ['units', UNITS],
  ['wants', WANTS],
  ['shortfalls', SHORTFALLS],
  ['parts of reservations', PARTS],
  ['the catalogue', CATALOGUE],
  ['the removal of a product', REMOVALS],
])('an entry of the peer about %s', (_, rows) => {
  it.each(rows)('$rule', (row) => {
    expect(isTold(row)).toEqual(row.does);
  });
});

describe('what an entry leaves in the log', () => {
  const decided = (link: Link, entry: LoggedEvent, given: Given = {}) =>
    decideEntry(givenLinkState({ ...given, links: [link] }), link, entry, NOW).flat();

  it('an accept names the grant that it takes in, and the request', () => {
    expect(decided(atShop(), grant({ request: 'r9' }))).toMatchObject([
      { details: { peer: 'hub', grant: 10, request: 'r9' } },
    ]);
  });

  it('a part says whose it is', () => {
    expect(decided(atShop(), part('r1'))).toMatchObject([{ details: { madeBy: 'hub' } }]);
    const ask = noticed('cancel_asked', {
      reservationId: 'r1',
      details: { peer: 'shop', session: 4 },
    });
    expect(decided(atShop(), ask, { reservations: [aPart] })).toMatchObject([
      { details: { madeBy: 'hub' } },
    ]);
  });

  it('a grant and a refusal name the request that they answer', () => {
    const given = { ...catalogue, levels: [level('apple', 'north', { available: 3 })] };
    expect(decided(atShop(), want(5), given)).toMatchObject([
      { details: { peer: 'hub', request: 'r9' } },
    ]);
    expect(decided(atShop(), want(5), catalogue)).toMatchObject([
      { details: { peer: 'hub', request: 'r9' } },
    ]);
  });

  it('the shop learns that it has its goods itself, and who has those of others', () => {
    const at = (peer: string) => noticed('node_added', { location: 'north', details: { peer } });
    expect(decided(atShop(), at('shop'))).toMatchObject([{ details: { origin: 'hub' } }]);
    expect(decided(atShop(), at('shop'))[0]?.details).not.toHaveProperty('peer');
    expect(decided(atShop(), at('other'))).toMatchObject([
      { details: { origin: 'hub', peer: 'other' } },
    ]);
  });

  it('what is copied from the hub says so, and what is taken over from a shop does not', () => {
    const entry = products('product_created', { after: apple });
    expect(decided(atShop(), entry)).toMatchObject([{ details: { origin: 'hub', after: apple } }]);
    expect(decided(atHub(), entry)).toMatchObject([{ details: { peer: 'shop', after: apple } }]);
    expect(decided(atHub(), entry)[0]?.details).not.toHaveProperty('origin');
  });
});
