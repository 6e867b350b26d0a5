/** What the documentation shows of each kind of thing. */

export const EVENT_EXAMPLE = {
  position: 42,
  node: 'main',
  time: '2026-01-31T08:00:00.000Z',
  type: 'receive',
  sku: 'TEA-GREEN-100',
  location: 'store-1',
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
  id: '019c1f9e-6c00-7000-8000-000000000001',
  node: 'main',
  status: 'held',
  lines: [
    {
      sku: 'TEA-GREEN-100',
      location: 'store-1',
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
  sku: 'TEA-GREEN-100',
  location: 'store-1',
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
  id: '019c1f9e-6c00-7000-8000-000000000002',
  status: 'in_transit',
  from: 'warehouse',
  to: 'store-1',
  lines: [
    {
      sku: 'TEA-GREEN-100',
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
  sku: 'TEA-GREEN-100',
  name: 'Green tea, 100 g',
  description: null,
  category: 'tea',
  attributes: { organic: true },
};

export const LOCATION_EXAMPLE = {
  location: 'store-1',
  name: 'High Street 1',
  kind: 'store',
  attributes: null,
  node: 'main',
};

export const DEMAND_EXAMPLE = {
  sku: 'TEA-GREEN-100',
  location: 'store-1',
  minute: '2026-01-31T08:00:00.000Z',
  requests: 12,
  units: 19,
};

export const AVAILABILITY_EXAMPLE = {
  sku: 'TEA-GREEN-100',
  available: 120,
  elsewhere: 40,
  locations: [{ location: 'store-1', available: 120, elsewhere: 40 }],
  locationCount: 1,
};

export const EXPLANATION_EXAMPLE = {
  sku: 'TEA-GREEN-100',
  location: 'store-1',
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
  location: 'store-1',
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
  detail: '3 of TEA-GREEN-100 at store-1 was asked for, but 2 is available.',
  instance: 'k3Vd0a9x-1f',
  code: 'insufficient_stock',
  retryable: true,
  shortages: [
    {
      sku: 'TEA-GREEN-100',
      location: 'store-1',
      requested: 3,
      available: 2,
      earliestReleaseAt: '2026-01-31T08:15:00.000Z',
      elsewhere: [{ node: 'store-12', available: 40, asOf: '2026-01-31T07:59:59.840Z' }],
    },
  ],
};
