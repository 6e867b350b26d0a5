/** What the documentation of several routes shows. */

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
};

export const TRANSFER_EXAMPLE = {
  id: '019c1f9e-6c00-7000-8000-000000000002',
  status: 'in_transit',
  from: 'warehouse',
  to: 'store-1',
  lines: [{ sku: 'TEA-GREEN-100', quantity: 20, received: 0, lost: 0, returned: 0, inTransit: 20 }],
  createdAt: '2026-01-31T08:00:00.000Z',
  updatedAt: '2026-01-31T08:00:00.000Z',
  reference: 'refill-7',
};
