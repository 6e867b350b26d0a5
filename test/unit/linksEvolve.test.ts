import { describe, expect, it } from 'vitest';
import type { EventDetails, LedgerEvent, MovementType } from '../../src/domain/events.ts';
import { evolveLocation, evolveProduct } from '../../src/domain/evolveCatalogue.ts';
import { evolveReservation } from '../../src/domain/evolveReservation.ts';
import { lineBalances, type Reservation } from '../../src/domain/reservation.ts';
import type { Account, OutsideAccount } from '../../src/domain/stock.ts';
import { moved, noticed } from '../support/givenLink.ts';
import { NOW, shop } from '../support/givenState.ts';

type Path = readonly [from: Account | OutsideAccount, to: Account | OutsideAccount];

function ofR1(type: MovementType, path: Path, quantity: number, details: EventDetails = {}) {
  return moved(type, path, quantity, { reservationId: 'r1', details });
}

function told(type: 'part_fulfilled' | 'part_cancelled', units: number): LedgerEvent {
  const details = { peer: 'shop', units };
  return noticed(type, { sku: 'apple', location: 'north', reservationId: 'r1', details });
}

const hold = ofR1('reserve', ['available', 'reserved'], 5, {
  expiresAt: NOW + 60_000,
  ttlSeconds: 60,
});
const sold = [hold, ofR1('confirm', ['reserved', 'committed'], 5)];
const passedOn = [...sold, ofR1('grant', ['committed', 'transit'], 5, { peer: 'shop' })];

function outcome(events: readonly LedgerEvent[]): Reservation {
  return evolveReservation(undefined, events, NOW);
}

function linesOf({ status, lines }: Reservation) {
  return lines.map((line) => ({ ...lineBalances(status, line), passed: line.passed }));
}

describe('a reservation whose goods another node has', () => {
  it('stays confirmed when they were passed on, and says to whom', () => {
    const reservation = outcome(passedOn);
    expect(reservation.status).toBe('confirmed');
    expect(linesOf(reservation)).toEqual([
      {
        reserved: 0,
        committed: 5,
        fulfilled: 0,
        released: 0,
        passed: { node: 'shop', open: 5, cancelled: 0 },
      },
    ]);
  });

  it.each([
    { told: [told('part_fulfilled', 2)], status: 'confirmed', fulfilled: 2, released: 0, open: 3 },
    { told: [told('part_fulfilled', 5)], status: 'fulfilled', fulfilled: 5, released: 0, open: 0 },
    { told: [told('part_cancelled', 5)], status: 'cancelled', fulfilled: 0, released: 5, open: 0 },
    {
      told: [told('part_fulfilled', 2), told('part_cancelled', 3)],
      status: 'fulfilled',
      fulfilled: 2,
      released: 3,
      open: 0,
    },
  ])('is $status when $fulfilled were handed over there and $released given back', (row) => {
    const reservation = outcome([...passedOn, ...row.told]);
    expect(reservation.status).toBe(row.status);
    const { fulfilled, released, open } = row;
    expect(linesOf(reservation)).toMatchObject([{ fulfilled, released, passed: { open } }]);
  });

  it('always shows quantity = reserved + committed + fulfilled + released', () => {
    const story = [...passedOn, told('part_fulfilled', 2), told('part_cancelled', 3)];
    for (let length = 1; length <= story.length; length++) {
      const reservation = outcome(story.slice(0, length));
      for (const line of reservation.lines) {
        const { reserved, committed, fulfilled, released } = lineBalances(reservation.status, line);
        expect(reserved + committed + fulfilled + released).toBe(line.quantity);
      }
    }
  });

  it('is the same folded in one go and one by one', () => {
    const story = [...passedOn, told('part_fulfilled', 2), told('part_cancelled', 3)];
    let one: Reservation | undefined;
    for (const event of story) one = evolveReservation(one, [event], NOW);
    expect(one).toEqual(outcome(story));
  });

  it('with a line of its own ends when both are done', () => {
    const other = { sku: 'pear', reservationId: 'r1' };
    const twoLines = [
      hold,
      { ...hold, ...other },
      ofR1('confirm', ['reserved', 'committed'], 5),
      moved('confirm', ['reserved', 'committed'], 5, other),
      ofR1('grant', ['committed', 'transit'], 5, { peer: 'shop' }),
    ];
    const fulfilledHere = moved('fulfil', ['committed', 'customer'], 5, other);
    expect(outcome([...twoLines, fulfilledHere]).status).toBe('confirmed');
    expect(outcome([...twoLines, fulfilledHere, told('part_fulfilled', 5)]).status).toBe(
      'fulfilled',
    );
    expect(outcome([...twoLines, told('part_cancelled', 5), fulfilledHere]).status).toBe(
      'fulfilled',
    );
  });
});

describe('the part of a reservation that is handed over here', () => {
  const details = { peer: 'hub', grant: 7, madeBy: 'hub' };
  const came = ofR1('accept', ['transit', 'committed'], 5, details);

  it('comes confirmed, and says who made it', () => {
    const part = outcome([came]);
    expect(part).toMatchObject({ id: 'r1', madeBy: 'hub', status: 'confirmed' });
    expect(linesOf(part)).toMatchObject([{ committed: 5, fulfilled: 0, released: 0 }]);
  });

  it('ends fulfilled, or cancelled where nothing was handed over', () => {
    const some = ofR1('fulfil', ['committed', 'customer'], 2);
    const rest = ofR1('fulfil', ['committed', 'customer'], 3);
    expect(outcome([came, some]).status).toBe('confirmed');
    expect(outcome([came, some, rest]).status).toBe('fulfilled');
    const back = ofR1('cancel', ['committed', 'available'], 5);
    expect(outcome([came, back]).status).toBe('cancelled');
    const partBack = ofR1('cancel', ['committed', 'available'], 3);
    expect(outcome([came, some, partBack]).status).toBe('fulfilled');
  });
});

describe('a location', () => {
  const about = (type: Parameters<typeof noticed>[0], details: EventDetails) => ({
    ...noticed(type, { details }),
    location: 'north',
  });
  const content = { name: 'North', kind: 'store', attributes: null } as const;

  it('is in the hands of the node that was added, until that is retired', () => {
    const added = evolveLocation(shop('north'), about('node_added', { peer: 'shop' }));
    expect(added).toEqual({ ...shop('north'), node: 'shop' });
    const retired = evolveLocation(added, about('node_retired', { peer: 'shop' }));
    expect(retired).toEqual(shop('north'));
  });

  it('is in the hands of the hub at a shop, until the hub says who has it', () => {
    const copied = about('location_created', { origin: 'hub', after: content });
    const place = evolveLocation(undefined, copied);
    expect(place).toMatchObject({ node: 'hub' });
    const mine = evolveLocation(place, about('node_added', { origin: 'hub' }));
    expect(mine).toEqual({ location: 'north', ...content });
    const others = evolveLocation(place, about('node_added', { origin: 'hub', peer: 'other' }));
    expect(others).toMatchObject({ node: 'other' });
    const retired = evolveLocation(others, about('node_retired', { origin: 'hub' }));
    expect(retired).toMatchObject({ node: 'hub' });
  });

  it('keeps who has it and its fence when its content changes', () => {
    const before = { ...shop('north'), node: 'shop', fence: 'unproven' as const };
    const changed = evolveLocation(before, about('location_changed', { after: content }));
    expect(changed).toEqual({ ...before, ...content });
  });

  it('is fenced, and cleared again', () => {
    const fenced = evolveLocation(shop('north'), about('node_fenced', { fence: 'restored' }));
    expect(fenced).toEqual({ ...shop('north'), fence: 'restored' });
    expect(evolveLocation(fenced, about('node_cleared', {}))).toEqual(shop('north'));
  });

  it('that is not known stays so, whatever is said of its node', () => {
    expect(evolveLocation(undefined, about('node_added', { peer: 'shop' }))).toBeUndefined();
    expect(evolveLocation(undefined, about('node_fenced', { fence: 'copied' }))).toBeUndefined();
  });
});

describe('a product', () => {
  const apple = { name: 'apple', description: null, category: null, attributes: null };
  const about = (details: EventDetails) => ({
    ...noticed('product_changed', { details }),
    sku: 'apple',
  });

  it('says whose catalogue it comes from, where that is not the own one', () => {
    expect(evolveProduct(undefined, about({ after: apple }))).toEqual({ sku: 'apple', ...apple });
    const copy = evolveProduct(undefined, about({ after: apple, origin: 'hub' }));
    expect(copy).toEqual({ sku: 'apple', ...apple, node: 'hub' });
  });

  it('is to be removed when that was asked, and says which nodes have none', () => {
    const said = (type: 'removal_asked' | 'removal_cleared' | 'removal_kept', peer?: string) => ({
      ...noticed(type, peer === undefined ? {} : { details: { peer } }),
      sku: 'apple',
    });
    const asked = evolveProduct({ sku: 'apple', ...apple }, said('removal_asked'));
    expect(asked).toMatchObject({ removal: [] });
    const one = evolveProduct(asked, said('removal_cleared', 'shop-1'));
    expect(evolveProduct(one, said('removal_cleared', 'shop-1'))).toEqual(one);
    const two = evolveProduct(one, said('removal_cleared', 'shop-2'));
    expect(two).toMatchObject({ removal: ['shop-1', 'shop-2'] });
    expect(evolveProduct(two, said('removal_kept', 'shop-3'))).toEqual({ sku: 'apple', ...apple });
    expect(evolveProduct(undefined, said('removal_asked'))).toBeUndefined();
    const plain = { sku: 'apple', ...apple };
    expect(evolveProduct(plain, said('removal_cleared', 'shop-1'))).toEqual(plain);
  });
});
