/**
 * Requests that the documentation shows, by what they are for. Each is accepted as it stands by a server that has the
 * sample (`holdfast seed`), again and again until that is sold.
 */

/** Examples of the routes of one reservation or transfer have these ids as well. */
export const RESERVATION_ID_EXAMPLE = '019c1f9e-6c00-7000-8000-000000000001';
export const TRANSFER_ID_EXAMPLE = '019c1f9e-6c00-7000-8000-000000000002';
const BATCH_RESERVATION_ID_EXAMPLE = '019c1f9e-6c00-7000-8000-000000000003';

const TWO_MUGS = { sku: 'MUG-BLUE', location: 'STORE-BERLIN', quantity: 2 };

export const RESERVATION_REQUESTS = {
  'at a place': {
    lines: [TWO_MUGS],
    ttlSeconds: 900,
    reference: 'order-1001',
    metadata: { channel: 'web' },
  },
  'wherever there is some': {
    lines: [{ sku: 'MUG-WHITE', quantity: 5, from: 'any' }],
  },
  'from the nearest of several places': {
    lines: [
      { sku: 'MUG-BLUE', quantity: 2, from: ['STORE-BERLIN', 'WAREHOUSE-1'] },
      { sku: 'TEE-BLACK-M', quantity: 1, from: 'any' },
    ],
    sourcing: { strategy: 'nearest', near: { latitude: 52.52, longitude: 13.405 } },
  },
  'with an id of your own, which the routes below show': {
    id: RESERVATION_ID_EXAMPLE,
    lines: [TWO_MUGS],
  },
};

export const MOVEMENT_REQUESTS = {
  'goods come in': {
    type: 'receive',
    sku: 'MUG-BLUE',
    location: 'STORE-BERLIN',
    quantity: 100,
    reference: 'delivery-4711',
  },
  'sold over the counter': {
    type: 'sell',
    sku: 'MUG-BLUE',
    location: 'STORE-BERLIN',
    quantity: 1,
  },
  'counted on the shelf': {
    type: 'count',
    sku: 'LAMP-DESK',
    location: 'WAREHOUSE-1',
    quantity: 58,
    reason: 'stocktaking',
  },
  broken: {
    type: 'quarantine',
    sku: 'MUG-BLUE',
    location: 'WAREHOUSE-1',
    quantity: 1,
    reason: 'damaged in transport',
  },
};

const REFILL = { sku: 'MUG-BLUE', quantity: 20 };

export const TRANSFER_REQUESTS = {
  'to a shop': {
    from: 'WAREHOUSE-1',
    to: 'STORE-BERLIN',
    lines: [REFILL],
    reference: 'refill-7',
  },
  'with an id of your own, which the routes below show': {
    id: TRANSFER_ID_EXAMPLE,
    from: 'WAREHOUSE-1',
    to: 'STORE-BERLIN',
    lines: [REFILL],
  },
};

export const BATCH_REQUEST = {
  atomic: false,
  commands: [
    { type: 'receive', sku: 'MUG-BLUE', location: 'STORE-BERLIN', quantity: 100 },
    { type: 'reserve', id: BATCH_RESERVATION_ID_EXAMPLE, lines: [TWO_MUGS] },
    { type: 'confirm', reservationId: BATCH_RESERVATION_ID_EXAMPLE },
  ],
};
