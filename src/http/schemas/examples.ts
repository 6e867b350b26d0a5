import { RESERVATION_ID_EXAMPLE, TRANSFER_ID_EXAMPLE } from './requestExamples.ts';

/** What the documentation shows of each kind of thing. */

export const EVENT_EXAMPLE = {
  position: 42,
  node: 'main',
  time: '2026-01-31T08:00:00.000Z',
  type: 'receive',
  sku: 'MUG-BLUE',
  location: 'STORE-BERLIN',
  version: 7,
  quantity: 100,
  from: 'supplier',
  to: 'available',
  balances: { available: 120, reserved: 2, committed: 0, unavailable: 0 },
  actor: 'anonymous',
  requestId: 'k3Vd0a9x-1f',
  reference: 'delivery-4711',
};

export const RESERVATION_EXAMPLE = {
  id: RESERVATION_ID_EXAMPLE,
  node: 'main',
  status: 'held',
  lines: [
    {
      sku: 'MUG-BLUE',
      location: 'STORE-BERLIN',
      quantity: 2,
      reserved: 2,
      committed: 0,
      fulfilled: 0,
      released: 0,
    },
  ],
  expiresAt: '2026-01-31T08:15:00.000Z',
  createdAt: '2026-01-31T08:00:00.000Z',
  updatedAt: '2026-01-31T08:00:00.000Z',
  reference: 'order-1001',
  metadata: { channel: 'web' },
};

const NODE_STOCK_EXAMPLE = {
  node: 'store-12',
  onHand: 45,
  available: 40,
  reserved: 5,
  committed: 0,
  unavailable: 0,
  inTransit: 10,
  asOf: { position: 981, time: '2026-01-31T07:59:59.840Z' },
};

const NODE_STOCK_TEXT =
  'store-12 owns 45 units, of which it can promise 40, as its log said at 2026-01-31T07:59:59.840Z. 10 units are on the way there.';

export const STOCK_EXAMPLE = {
  sku: 'MUG-BLUE',
  location: 'STORE-BERLIN',
  onHand: 122,
  available: 120,
  reserved: 2,
  committed: 0,
  unavailable: 0,
  version: 7,
  updatedAt: '2026-01-31T08:00:00.000Z',
  nodes: [NODE_STOCK_EXAMPLE],
};

export const TRANSFER_EXAMPLE = {
  id: TRANSFER_ID_EXAMPLE,
  status: 'in_transit',
  from: 'WAREHOUSE-1',
  to: 'STORE-BERLIN',
  lines: [
    {
      sku: 'MUG-BLUE',
      quantity: 20,
      received: 0,
      lost: 0,
      returned: 0,
      found: 0,
      inTransit: 20,
      excess: 0,
    },
  ],
  createdAt: '2026-01-31T08:00:00.000Z',
  updatedAt: '2026-01-31T08:00:00.000Z',
  reference: 'refill-7',
};

export const PRODUCT_EXAMPLE = {
  sku: 'MUG-BLUE',
  name: 'Blue mug, 300 ml',
  description: null,
  category: 'kitchen',
  attributes: { colour: 'blue' },
};

export const LOCATION_EXAMPLE = {
  location: 'STORE-BERLIN',
  name: 'Shop in Berlin',
  kind: 'store',
  attributes: { latitude: 52.52, longitude: 13.405 },
  node: 'main',
};

export const DEMAND_EXAMPLE = {
  sku: 'MUG-BLUE',
  location: 'STORE-BERLIN',
  minute: '2026-01-31T08:00:00.000Z',
  requests: 12,
  units: 19,
};

export const AVAILABILITY_EXAMPLE = {
  sku: 'MUG-BLUE',
  available: 120,
  elsewhere: 40,
  locations: [{ location: 'STORE-BERLIN', available: 120, elsewhere: 40 }],
  locationCount: 1,
};

export const EXPLANATION_EXAMPLE = {
  sku: 'MUG-BLUE',
  location: 'STORE-BERLIN',
  stock: STOCK_EXAMPLE,
  parts: [
    { kind: 'available', quantity: 120, text: '120 units can be promised.' },
    { kind: 'reserved', quantity: 2, text: '2 units are held by open reservations.' },
  ],
  holds: {
    quantity: 2,
    data: [
      {
        reservationId: RESERVATION_EXAMPLE.id,
        quantity: 2,
        freesUpAt: '2026-01-31T08:15:00.000Z',
        due: false,
        text: `2 units are held by reservation ${RESERVATION_EXAMPLE.id}, until 2026-01-31T08:15:00.000Z unless it is confirmed before.`,
      },
    ],
    nextCursor: null,
  },
  nodes: [{ ...NODE_STOCK_EXAMPLE, text: NODE_STOCK_TEXT }],
  sharing: {
    node: 'store-12',
    policy: { kind: 'adaptive', hubShare: 0.5, floor: 0 },
    setFor: 'location',
    lastMove: {
      units: 4,
      to: 'store-12',
      time: '2026-01-31T07:40:00.000Z',
      reason: 'expected demand: 0.40 at the hub, 7.2 in the shop',
    },
    text: 'Units are moved to where they sell. 4 units went to store-12 at 2026-01-31T07:40:00.000Z (expected demand: 0.40 at the hub, 7.2 in the shop).',
  },
  elsewhere: { available: 0, locations: [], locationCount: 0 },
  changedMeanwhile: false,
};

export const NODE_EXAMPLE = {
  node: 'store-12',
  role: 'store',
  location: 'STORE-BERLIN',
  status: 'active',
  fence: null,
  reconcile: false,
  policy: { kind: 'adaptive', hubShare: 0.5, floor: 2 },
  session: 3,
  received: { position: 981, newest: { position: 981, time: '2026-01-31T07:59:59.840Z' } },
  acknowledged: { position: 1_203, head: 1_205 },
  connected: true,
  lastHeardMs: 160,
};

export const PROBLEM_EXAMPLE = {
  type: '/problems/insufficient_stock',
  title: 'Insufficient stock',
  status: 409,
  detail: '3 of MUG-BLUE at STORE-BERLIN was asked for, but 2 is available.',
  instance: 'k3Vd0a9x-1f',
  code: 'insufficient_stock',
  retryable: true,
  shortages: [
    {
      sku: 'MUG-BLUE',
      location: 'STORE-BERLIN',
      requested: 3,
      available: 2,
      earliestReleaseAt: '2026-01-31T08:15:00.000Z',
      elsewhere: [{ node: 'store-12', available: 40, asOf: '2026-01-31T07:59:59.840Z' }],
    },
  ],
};
