import { describe, expect, it } from 'vitest';
import type { Command, CommandType, MovementCommandType } from '../../src/domain/commands.ts';
import { decide } from '../../src/domain/decide.ts';
import { BALANCE_MAX, HOLD_LIFE_SECONDS_DEFAULT } from '../../src/domain/limits.ts';
import { REFUSALS } from '../../src/domain/refusalMeanings.ts';
import { LINK_REFUSALS, REFUSAL_PRECEDENCE } from '../../src/domain/refusalPrecedence.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import {
  type Given,
  givenState,
  level,
  NOW,
  product,
  reservation,
  shop,
  transfer,
  transferLine,
} from '../support/givenState.ts';

/**
 * For each command its refusals in order of precedence: a world in which the rule is broken together with as many of
 * those after it as can be broken at once, and the first of them is what is answered.
 */
interface Row {
  readonly type: CommandType;
  readonly code: RefusalCode;
  readonly given: Given;
  readonly command: Command;
}

const catalogue: Given = {
  products: [product('apple'), product('pear')],
  locations: [shop('north'), shop('south')],
};
/** Where another node has the goods and nothing may be promised. */
const away: Given = {
  products: [product('apple')],
  locations: [{ ...shop('north'), node: 'shop-1', fence: 'unproven' }, shop('south')],
};
const fencedOff: Given = {
  products: [product('apple')],
  locations: [{ ...shop('north'), fence: 'unproven' }, shop('south')],
};
const full = level('apple', 'north', { available: BALANCE_MAX - 1 });
const oneLeft = level('apple', 'north', { available: 1 });
const line = (sku = 'apple', location = 'north', quantity = 5) => ({ sku, location, quantity });
const fulfilledLine = { ...line(), confirmed: 5, fulfilled: 5 };

function movement(type: MovementCommandType, quantity: number, fields = {}): Command {
  return { type, sku: 'apple', location: 'north', quantity, ...fields };
}

function movementRows(type: MovementCommandType, quantity: number): Row[] {
  const row = (code: RefusalCode, given: Given, command: Command): Row => ({
    type,
    code,
    given,
    command,
  });
  const wrongVersion = movement(type, quantity, { expectedVersion: 7 });
  return [
    row('product_not_found', {}, wrongVersion),
    row('location_not_found', { products: [product('apple')] }, wrongVersion),
    row('custody_elsewhere', away, wrongVersion),
    ...(type === 'sell' ? [row('node_fenced', fencedOff, wrongVersion)] : []),
    row('version_mismatch', { ...catalogue, levels: [oneLeft] }, wrongVersion),
  ];
}

function movementRow(
  type: MovementCommandType,
  code: RefusalCode,
  given: Given,
  quantity: number,
): Row {
  return { type, code, given: { ...catalogue, ...given }, command: movement(type, quantity) };
}

const reserve = (fields = {}): Command => ({
  type: 'reserve',
  reservationId: 'r1',
  lines: [line()],
  ttlSeconds: 60,
  reference: null,
  metadata: null,
  ...fields,
});

const PASSED = { node: 'shop-1', open: 5, cancelled: 0 };
const passedLine = { ...line(), confirmed: 5, fulfilled: 0, passed: PASSED };

type ReservationCommandType = 'confirm' | 'cancel' | 'extend' | 'fulfil' | 'expire' | 'redact';

function onReservation(
  type: ReservationCommandType,
  code: RefusalCode,
  row: Parameters<typeof reservation>[0] | null,
  fields = {},
): Row {
  const command = { type, reservationId: 'r1', ttlSeconds: 60, ...fields } as Command;
  return { type, code, given: row === null ? {} : { reservations: [reservation(row)] }, command };
}

/** A reservation that another node has made. */
function elsewhere(type: ReservationCommandType, fields = {}): Row {
  const row = onReservation(type, 'reservation_elsewhere', null, fields);
  return { ...row, given: { elsewhere: { r1: 'hub' } } };
}

const foreign = { lines: [line('pear', 'north', 9)] };
const tooMany = { lines: [line('apple', 'north', 9)] };

const ROWS: readonly Row[] = [
  ...movementRows('receive', 5),
  movementRow('receive', 'balance_too_large', { levels: [full] }, 5),
  ...movementRows('return', 5),
  movementRow('return', 'balance_too_large', { levels: [full] }, 5),
  ...movementRows('adjust', -5),
  movementRow('adjust', 'insufficient_stock', { levels: [oneLeft] }, -5),
  movementRow('adjust', 'balance_too_large', { levels: [full] }, 5),
  ...movementRows('count', 5),
  movementRow(
    'count',
    'count_below_promised',
    { levels: [level('apple', 'north', { reserved: 6 })] },
    5,
  ),
  ...movementRows('sell', 5),
  movementRow('sell', 'insufficient_stock', { levels: [oneLeft] }, 5),
  ...movementRows('quarantine', 5),
  movementRow('quarantine', 'insufficient_stock', { levels: [oneLeft] }, 5),
  ...movementRows('restore', 5),
  movementRow('restore', 'insufficient_unavailable', { levels: [oneLeft] }, 5),

  {
    type: 'reserve',
    code: 'reservation_id_taken',
    given: { reservations: [reservation({ createdBy: 'bob' })] },
    command: reserve(),
  },
  { type: 'reserve', code: 'product_not_found', given: {}, command: reserve() },
  {
    type: 'reserve',
    code: 'location_not_found',
    given: { products: [product('apple')] },
    command: reserve(),
  },
  { type: 'reserve', code: 'node_fenced', given: fencedOff, command: reserve() },
  { type: 'reserve', code: 'insufficient_stock', given: catalogue, command: reserve() },

  elsewhere('confirm', foreign),
  onReservation('confirm', 'reservation_not_found', null, foreign),
  onReservation('confirm', 'reservation_expired', { status: 'expired' }, foreign),
  onReservation('confirm', 'reservation_expired', { expiresAt: NOW }, foreign),
  onReservation('confirm', 'reservation_cancelled', { status: 'cancelled' }, foreign),
  onReservation('confirm', 'line_not_in_reservation', { status: 'confirmed' }, foreign),
  onReservation('confirm', 'confirm_differs', { status: 'confirmed' }, tooMany),
  onReservation('confirm', 'line_exceeds_hold', {}, tooMany),

  elsewhere('cancel'),
  onReservation('cancel', 'reservation_not_found', null),
  onReservation('cancel', 'reservation_expired', { expiresAt: NOW - 1 }),
  onReservation('cancel', 'reservation_fulfilled', { status: 'fulfilled', lines: [fulfilledLine] }),
  {
    ...onReservation('cancel', 'goods_elsewhere', null),
    given: { ...away, reservations: [reservation({ status: 'confirmed', lines: [passedLine] })] },
  },

  elsewhere('extend'),
  onReservation('extend', 'reservation_not_found', null),
  onReservation('extend', 'reservation_expired', { expiresAt: NOW }),
  onReservation('extend', 'reservation_cancelled', { status: 'cancelled' }),
  onReservation('extend', 'reservation_confirmed', { status: 'confirmed' }),
  onReservation('extend', 'reservation_fulfilled', { status: 'fulfilled' }),
  onReservation('extend', 'hold_life_exceeded', {
    createdAt: NOW - HOLD_LIFE_SECONDS_DEFAULT * 1000,
  }),

  elsewhere('fulfil', foreign),
  onReservation('fulfil', 'reservation_not_found', null, foreign),
  onReservation('fulfil', 'reservation_expired', { expiresAt: NOW }, foreign),
  onReservation('fulfil', 'reservation_cancelled', { status: 'cancelled' }, foreign),
  onReservation('fulfil', 'reservation_not_confirmed', {}, foreign),
  onReservation('fulfil', 'line_not_in_reservation', { status: 'fulfilled' }, foreign),
  onReservation(
    'fulfil',
    'reservation_fulfilled',
    { status: 'fulfilled', lines: [fulfilledLine] },
    tooMany,
  ),
  onReservation(
    'fulfil',
    'line_exceeds_confirmed',
    { status: 'confirmed', lines: [passedLine] },
    tooMany,
  ),
  onReservation('fulfil', 'goods_elsewhere', { status: 'confirmed', lines: [passedLine] }),

  elsewhere('expire'),
  onReservation('expire', 'reservation_not_found', null),
  onReservation('expire', 'reservation_not_due', {}),
  elsewhere('redact'),
  onReservation('redact', 'reservation_not_found', null),

  ...dispatchRows(),
  ...receiptRows(),
  ...catalogueRows(),
  ...removalRows(),
];

function dispatchRows(): Row[] {
  const command: Command = {
    type: 'dispatch',
    transferId: 't1',
    from: 'north',
    to: 'south',
    lines: [{ sku: 'apple', quantity: 5 }],
    reference: null,
  };
  const other = transfer({ to: 'west' });
  return [
    { type: 'dispatch', code: 'transfer_id_taken', given: { transfers: [other] }, command },
    {
      type: 'dispatch',
      code: 'transfer_id_taken',
      given: { transfers: [transfer({ reference: 'another' })] },
      command,
    },
    {
      type: 'dispatch',
      code: 'transfer_id_taken',
      given: { transfers: [transfer({ from: null, to: 'west', status: 'unmatched' })] },
      command,
    },
    { type: 'dispatch', code: 'product_not_found', given: {}, command },
    {
      type: 'dispatch',
      code: 'location_not_found',
      given: { products: [product('apple')] },
      command,
    },
    { type: 'dispatch', code: 'custody_elsewhere', given: away, command },
    { type: 'dispatch', code: 'node_fenced', given: fencedOff, command },
    { type: 'dispatch', code: 'insufficient_stock', given: catalogue, command },
  ];
}

function receiptRows(): Row[] {
  const receive = (sku: string, quantity: number, reason?: string): Command => ({
    type: 'receiveTransfer',
    transferId: 't1',
    lines: [{ sku, quantity }],
    ...(reason !== undefined && { reason }),
  });
  const receiveAt = (to: string, sku: string, quantity: number): Command => ({
    type: 'receiveTransfer',
    transferId: 't1',
    to,
    lines: [{ sku, quantity }],
  });
  const southAway = [{ ...shop('south'), node: 'shop-7' }];
  const northAway = [{ ...shop('north'), node: 'shop-8' }];
  const unmatched = transfer({ from: null, status: 'unmatched' });
  const cancel: Command = { type: 'cancelTransfer', transferId: 't1' };
  const received = transfer({
    status: 'received',
    lines: [transferLine({ quantity: 5, received: 5 })],
  });
  const fullAt = (location: string) => level('apple', location, { available: BALANCE_MAX - 1 });
  const type = 'receiveTransfer';
  return [
    { type, code: 'transfer_not_found', given: {}, command: receiveAt('south', 'pear', 9) },
    { type, code: 'transfer_not_found', given: { linked: true }, command: receive('pear', 9) },
    {
      type,
      code: 'transfer_not_found',
      given: { linked: true },
      command: receiveAt('south', 'pear', 0),
    },
    {
      type,
      code: 'transfer_elsewhere',
      given: { transfers: [transfer({})], locations: southAway },
      command: receiveAt('west', 'pear', 9),
    },
    {
      type,
      code: 'product_not_found',
      given: { linked: true },
      command: receiveAt('south', 'pear', 9),
    },
    {
      type,
      code: 'product_not_found',
      given: { transfers: [unmatched], locations: southAway },
      command: receiveAt('south', 'pear', 9),
    },
    {
      type,
      code: 'location_not_found',
      given: { linked: true, products: [product('pear')] },
      command: receiveAt('south', 'pear', 9),
    },
    {
      type,
      code: 'custody_elsewhere',
      given: { linked: true, products: [product('apple')], locations: southAway },
      command: receiveAt('south', 'apple', 9),
    },
    {
      type,
      code: 'custody_elsewhere',
      given: { transfers: [transfer({ status: 'cancelled' })], locations: southAway },
      command: receive('pear', 9),
    },
    {
      type,
      code: 'transfer_cancelled',
      given: { transfers: [transfer({ status: 'cancelled' })] },
      command: receive('pear', 9),
    },
    {
      type,
      code: 'line_not_in_transfer',
      given: { transfers: [received] },
      command: receive('pear', 9),
    },
    {
      type,
      code: 'transfer_received',
      given: { transfers: [received] },
      command: receive('apple', 9),
    },
    {
      type,
      code: 'receipt_exceeds_transfer',
      given: { transfers: [transfer()], levels: [fullAt('south')] },
      command: receive('apple', 9),
    },
    {
      type,
      code: 'balance_too_large',
      given: { transfers: [transfer()], levels: [fullAt('south')] },
      command: receive('apple', 9, 'found more'),
    },
    { type: 'cancelTransfer', code: 'transfer_not_found', given: {}, command: cancel },
    {
      type: 'cancelTransfer',
      code: 'transfer_unmatched',
      given: { transfers: [unmatched] },
      command: cancel,
    },
    {
      type: 'cancelTransfer',
      code: 'custody_elsewhere',
      given: { transfers: [received], locations: northAway },
      command: cancel,
    },
    {
      type: 'cancelTransfer',
      code: 'transfer_received',
      given: { transfers: [received] },
      command: cancel,
    },
    {
      type: 'cancelTransfer',
      code: 'balance_too_large',
      given: { transfers: [transfer()], levels: [fullAt('north')] },
      command: cancel,
    },
  ];
}

/** What the hub has written is changed by the hub. */
function catalogueRows(): Row[] {
  const code = 'catalogue_elsewhere';
  const copied: Given = { hub: 'hub', products: [{ ...product('apple'), node: 'hub' }] };
  const content = { name: 'Apple', description: null, category: null, attributes: null };
  const place = { name: 'North', kind: 'store', attributes: null } as const;
  return [
    {
      type: 'putProduct',
      code,
      given: copied,
      command: { type: 'putProduct', sku: 'apple', content },
    },
    {
      type: 'putLocation',
      code,
      given: { hub: 'hub' },
      command: { type: 'putLocation', location: 'north', content: place },
    },
  ];
}

function removalRows(): Row[] {
  const inUse = { inUse: true, onHand: 3, inTransit: 2 };
  const removeProduct: Command = { type: 'deleteProduct', sku: 'apple' };
  const removeLocation: Command = { type: 'deleteLocation', location: 'north' };
  return [
    { type: 'deleteProduct', code: 'product_not_found', given: { inUse }, command: removeProduct },
    {
      type: 'deleteProduct',
      code: 'catalogue_elsewhere',
      given: { ...catalogue, inUse, hub: 'hub' },
      command: removeProduct,
    },
    {
      type: 'deleteProduct',
      code: 'product_has_stock',
      given: { ...catalogue, inUse },
      command: removeProduct,
    },
    {
      type: 'deleteLocation',
      code: 'location_not_found',
      given: { inUse },
      command: removeLocation,
    },
    {
      type: 'deleteLocation',
      code: 'catalogue_elsewhere',
      given: { ...catalogue, inUse, hub: 'hub' },
      command: removeLocation,
    },
    {
      type: 'deleteLocation',
      code: 'custody_elsewhere',
      given: { ...away, inUse },
      command: removeLocation,
    },
    {
      type: 'deleteLocation',
      code: 'location_has_stock',
      given: { ...catalogue, inUse },
      command: removeLocation,
    },
  ];
}

const AT = { now: NOW, actor: 'ann', rules: { holdLifeMaxMs: HOLD_LIFE_SECONDS_DEFAULT * 1000 } };

describe('a command that breaks several rules meets the first refusal of its list', () => {
  it.each(ROWS)('$type: $code', ({ code, given, command }) => {
    const decision = decide(givenState(given), command, AT);
    expect(decision).toMatchObject({ accepted: false, refusal: { code } });
  });
});

describe('the list of refusals', () => {
  it('has a test row for every refusal of every command, in the order of precedence', () => {
    for (const [type, codes] of Object.entries(REFUSAL_PRECEDENCE)) {
      const tested = [...new Set(ROWS.filter((row) => row.type === type).map((row) => row.code))];
      expect(tested, type).toEqual(codes);
    }
  });

  it('names no refusal that no command can meet', () => {
    const reachable = new Set<string>([
      ...Object.values(REFUSAL_PRECEDENCE).flat(),
      ...LINK_REFUSALS,
    ]);
    expect(Object.keys(REFUSALS).filter((code) => !reachable.has(code))).toEqual([]);
  });
});
