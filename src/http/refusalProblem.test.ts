import { describe, expect, it } from 'vitest';
import type { AnyRefusal, AnyRefusalCode } from './problemCodes.ts';
import { refusalFacts } from './refusalProblem.ts';

const TIME = Date.parse('2026-01-31T08:00:00Z');
const ISO = '2026-01-31T08:00:00.000Z';
const LEVEL = { sku: 'tea', location: 'north' };
const ID = '019c1f9e-6c00-7000-8000-000000000001';

type Row<C extends AnyRefusalCode> = readonly [
  Extract<AnyRefusal, { code: C }>,
  detail: string,
  data?: object,
];

/** One of each code; the compiler sees that none is left out. `data` is given where it is not the refusal's own. */
const ROWS: { readonly [C in AnyRefusalCode]: Row<C> } = {
  reservation_id_taken: [
    { code: 'reservation_id_taken', reservationId: ID },
    `${ID} is another reservation.`,
  ],
  product_not_found: [{ code: 'product_not_found', sku: 'tea' }, 'There is no product tea.'],
  location_not_found: [
    { code: 'location_not_found', location: 'north' },
    'There is no location north.',
  ],
  version_mismatch: [
    { code: 'version_mismatch', expectedVersion: 3, version: 4 },
    'The stock level has version 4, not 3.',
  ],
  count_below_promised: [
    { code: 'count_below_promised', counted: 1, promised: 2 },
    '1 were counted, but 2 are reserved, committed, unavailable or owned by other nodes.',
  ],
  insufficient_stock: [
    {
      code: 'insufficient_stock',
      shortages: [
        { ...LEVEL, requested: 3, available: 1, earliestReleaseAt: TIME },
        {
          ...LEVEL,
          requested: 4,
          available: 2,
          earliestReleaseAt: null,
          elsewhere: [{ node: 'shop-1', available: 9, asOf: TIME }],
        },
      ],
    },
    '3 of tea at north was asked for (and 1 more lines), but 1 is available.',
    {
      shortages: [
        { ...LEVEL, requested: 3, available: 1, earliestReleaseAt: ISO },
        {
          ...LEVEL,
          requested: 4,
          available: 2,
          earliestReleaseAt: null,
          elsewhere: [{ node: 'shop-1', available: 9, asOf: ISO }],
        },
      ],
    },
  ],
  insufficient_unavailable: [
    { code: 'insufficient_unavailable', requested: 3, unavailable: 1 },
    '3 cannot be restored: 1 is unavailable.',
  ],
  balance_too_large: [
    { code: 'balance_too_large', ...LEVEL },
    'tea at north would hold more than can be counted exactly.',
  ],
  reservation_not_found: [
    { code: 'reservation_not_found', reservationId: ID },
    `There is no reservation ${ID}.`,
  ],
  reservation_expired: [
    { code: 'reservation_expired', expiredAt: TIME },
    `The hold ended at ${ISO}.`,
    { expiredAt: ISO },
  ],
  reservation_cancelled: [{ code: 'reservation_cancelled' }, 'The reservation is cancelled.'],
  reservation_not_confirmed: [
    { code: 'reservation_not_confirmed' },
    'The reservation is held and not yet confirmed.',
  ],
  reservation_confirmed: [
    { code: 'reservation_confirmed' },
    'The reservation is confirmed already.',
  ],
  reservation_fulfilled: [
    { code: 'reservation_fulfilled' },
    'The reservation is fulfilled already.',
  ],
  reservation_not_due: [
    { code: 'reservation_not_due', expiresAt: TIME },
    `The hold lasts until ${ISO}.`,
    { expiresAt: ISO },
  ],
  line_not_in_reservation: [
    { code: 'line_not_in_reservation', ...LEVEL },
    'The reservation has no line for tea at north.',
  ],
  confirm_differs: [
    { code: 'confirm_differs' },
    'The reservation was confirmed with other quantities.',
  ],
  line_exceeds_hold: [
    { code: 'line_exceeds_hold', lines: [{ ...LEVEL, requested: 3, allowed: 2 }] },
    '3 of tea at north was asked for, but 2 is held.',
  ],
  line_exceeds_confirmed: [
    { code: 'line_exceeds_confirmed', lines: [{ ...LEVEL, requested: 3, allowed: 2 }] },
    '3 of tea at north was asked for, but 2 was confirmed.',
  ],
  hold_life_exceeded: [
    { code: 'hold_life_exceeded', latestExpiresAt: TIME },
    `The hold can last until ${ISO} at most.`,
    { latestExpiresAt: ISO },
  ],
  transfer_not_found: [
    { code: 'transfer_not_found', transferId: ID },
    `There is no transfer ${ID}.`,
  ],
  transfer_id_taken: [{ code: 'transfer_id_taken', transferId: ID }, `${ID} is another transfer.`],
  transfer_elsewhere: [
    { code: 'transfer_elsewhere', transferId: ID, to: 'Leeds' },
    `${ID} was sent to Leeds.`,
  ],
  transfer_unmatched: [{ code: 'transfer_unmatched' }, 'No dispatch of the transfer is known yet.'],
  transfer_cancelled: [{ code: 'transfer_cancelled' }, 'The transfer is cancelled.'],
  transfer_received: [{ code: 'transfer_received' }, 'The transfer is completed already.'],
  line_not_in_transfer: [
    { code: 'line_not_in_transfer', sku: 'tea' },
    'The transfer has no line for tea.',
  ],
  receipt_exceeds_transfer: [
    { code: 'receipt_exceeds_transfer', sku: 'tea', received: 3, dispatched: 2 },
    '3 of tea would have arrived, but 2 were sent; give a reason to book the difference.',
  ],
  product_has_stock: [
    { code: 'product_has_stock', sku: 'tea', onHand: 1, inTransit: 2 },
    'tea has 1 on hand and 2 in transit.',
  ],
  location_has_stock: [
    { code: 'location_has_stock', location: 'north', onHand: 1, inTransit: 2 },
    'north has 1 on hand and 2 in transit.',
  ],
  custody_elsewhere: [
    { code: 'custody_elsewhere', location: 'north', node: 'shop-1' },
    'The goods at north are in the hands of shop-1.',
  ],
  node_fenced: [
    { code: 'node_fenced', location: 'north', fence: 'restored' },
    'The log of one end of the link is older than the other end knows it; reconcile the node at the hub (north).',
  ],
  catalogue_elsewhere: [
    { code: 'catalogue_elsewhere', node: 'hub' },
    'The catalogue is written by hub.',
  ],
  reservation_elsewhere: [
    { code: 'reservation_elsewhere', reservationId: ID, node: 'hub' },
    `${ID} was made by hub.`,
  ],
  goods_elsewhere: [
    { code: 'goods_elsewhere', reservationId: ID, node: 'shop-1' },
    `Goods of ${ID} are in the hands of shop-1.`,
  ],
  node_not_found: [{ code: 'node_not_found', node: 'shop-1' }, 'There is no node shop-1.'],
  node_exists: [{ code: 'node_exists', node: 'shop-1' }, 'shop-1 is a node already.'],
  node_retired: [{ code: 'node_retired', node: 'shop-1' }, 'shop-1 was retired.'],
  session_closed: [{ code: 'session_closed', session: 4 }, 'Session 4 has begun.'],
  cursor_mismatch: [{ code: 'cursor_mismatch', received: 7 }, 'Entries go on after 7.'],
  invalid_cursor: [
    { code: 'invalid_cursor', cursor: 'x' },
    'The cursor does not belong to this list with these filters.',
  ],
  as_of_in_future: [
    { code: 'as_of_in_future', asOf: { position: 9 }, latest: { position: 8 } },
    '9 is to come; the ledger is at 8.',
    { asOf: '9', latest: '8' },
  ],
  stock_not_found: [{ code: 'stock_not_found', ...LEVEL }, 'tea was not stocked at north.'],
  position_in_future: [
    { code: 'position_in_future', after: 9, head: 8 },
    'The log ends at 8 and cannot be read from 9.',
  ],
};

describe('a refusal', () => {
  const rows: readonly (readonly [AnyRefusal, string, object?])[] = Object.values(ROWS);

  const cases = rows.map(([refusal, detail, data]) => ({ refusal, detail, data }));

  it.each(cases)('$refusal.code says $detail', ({ refusal, detail, data }) => {
    const { code, ...own } = refusal;
    expect(refusalFacts(refusal)).toEqual({ code, detail, data: data ?? own });
  });

  it('of a line that leaves the location open says where it was not looked for', () => {
    const line = { sku: 'tea', from: 'any', requested: 9, available: 5 } as const;
    const notLookedAt = { locations: 2, units: 7 };
    const shortage = { ...line, location: null, preferred: 'north', earliestReleaseAt: null };
    const facts = refusalFacts({
      code: 'insufficient_stock',
      shortages: [{ ...shortage, notLookedAt }],
    });
    expect(facts).toEqual({
      code: 'insufficient_stock',
      detail:
        '9 of tea from anywhere was asked for, but 5 is available in the places that were tried; 7 are in 2 further places.',
      data: { shortages: [{ ...line, earliestReleaseAt: null, notLookedAt }] },
    });
  });
});
