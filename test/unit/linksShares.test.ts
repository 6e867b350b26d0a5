import { describe, expect, it } from 'vitest';
import {
  concernsShare,
  inFlight,
  lentUnits,
  owedUnits,
  shareAfterOwn,
  shareAfterPeer,
} from '../../src/domain/links/share.ts';
import { moved, noticed, share } from '../support/givenLink.ts';
import { NOW } from '../support/givenState.ts';

const APPLE = { sku: 'apple', location: 'north' };
const balances = { available: 4, reserved: 3, committed: 2, unavailable: 1 };

describe("a share after an event of this node's own log", () => {
  it('counts what was passed to the peer, sold goods included', () => {
    const before = share('shop', { granted: 3, arrived: 1 });
    const after = shareAfterOwn(before, moved('grant', ['available', 'transit'], 5));
    expect(after).toEqual({ ...before, granted: 8 });
    expect(shareAfterOwn(after, moved('grant', ['committed', 'transit'], 2)).granted).toBe(10);
  });

  it('notes what was asked of the peer, and in which session', () => {
    const details = { peer: 'shop', request: 'q1', units: 5, session: 7 };
    const asked = shareAfterOwn(share('shop'), noticed('want', { ...APPLE, details }));
    expect(asked).toMatchObject({ request: 'q1', requestSession: 7 });
  });

  it('is nothing when the peer was written off, and nothing is on its way any more', () => {
    const before = share('shop', { ...balances, version: 6, position: 9, granted: 8, arrived: 5 });
    const after = shareAfterOwn(before, moved('write_off', ['transit', 'shrinkage'], 13));
    expect(after).toMatchObject({ available: 0, reserved: 0, committed: 0, unavailable: 0 });
    expect(after).toMatchObject({ version: 6, position: 9, granted: 8, arrived: 8, request: null });
  });

  it.each([
    ['grant', true],
    ['want', true],
    ['write_off', true],
    ['accept', false],
    ['want_refused', false],
    ['sell', false],
  ] as const)('is changed by %s: %s', (type, changes) => {
    expect(concernsShare({ ...moved('sell', ['available', 'customer'], 1), type })).toBe(changes);
  });
});

describe("a share after an event of the peer's log", () => {
  const before = share('shop', { granted: 8, arrived: 5, request: 'q1', requestSession: 4 });

  it('has the balances that the movement left', () => {
    const event = moved('sell', ['available', 'customer'], 1, {
      balances,
      version: 6,
      position: 9,
    });
    expect(shareAfterPeer(before, event, 'hub')).toEqual({
      ...before,
      ...balances,
      version: 6,
      position: 9,
      time: NOW,
    });
  });

  it('counts what the peer took in of this node', () => {
    const accept = (details: object) => moved('accept', ['transit', 'available'], 2, { details });
    expect(shareAfterPeer(before, accept({ peer: 'hub', grant: 3 }), 'hub').arrived).toBe(7);
    expect(shareAfterPeer(before, accept({ peer: 'other', grant: 3 }), 'hub').arrived).toBe(5);
  });

  it('counts nothing twice that is put back after a loss', () => {
    const details = { peer: 'hub', grant: 3, replayOf: 9 };
    const event = moved('accept', ['transit', 'available'], 2, { details, balances });
    expect(shareAfterPeer(before, event, 'hub')).toMatchObject({ ...balances, arrived: 5 });
  });

  it.each([
    ['a grant', moved('grant', ['available', 'transit'], 2, { details: { request: 'q1' } }), null],
    ['a refusal', noticed('want_refused', { ...APPLE, details: { request: 'q1' } }), null],
    [
      'the answer to another request',
      noticed('want_refused', { details: { request: 'q2' } }),
      'q1',
    ],
    ['a grant of itself', moved('grant', ['available', 'transit'], 2), 'q1'],
    ['a want of the peer', noticed('want', { details: { request: 'q1' } }), 'q1'],
  ])('after %s its open request is as it should be', (_, event, request) => {
    expect(shareAfterPeer(before, event, 'hub').request).toBe(request);
  });

  it('is the same after a notice that concerns nobody here', () => {
    expect(shareAfterPeer(before, noticed('extend'), 'hub')).toBe(before);
  });
});

describe('of a share', () => {
  it.each([
    { row: {}, flying: 0, lent: 0, owed: 0 },
    { row: { ...balances }, flying: 0, lent: 10, owed: 0 },
    { row: { ...balances, granted: 9, arrived: 4 }, flying: 5, lent: 15, owed: 0 },
    { row: { available: -6, committed: 2, granted: 4 }, flying: 4, lent: 0, owed: 2 },
    { row: { available: -3, granted: 4 }, flying: 4, lent: 1, owed: 0 },
    { row: { granted: 1, arrived: 5 }, flying: -4, lent: -4, owed: 0 },
  ])('$row: $flying on the way, $lent lent, $owed owed', ({ row, flying, lent, owed }) => {
    const known = share('shop', row);
    expect(inFlight(known)).toBe(flying);
    expect(lentUnits(known)).toBe(lent);
    expect(owedUnits(known)).toBe(owed);
  });
});
