import type { Location, Product } from '../../domain/catalogue.ts';
import type { Line } from '../../domain/commands.ts';

/**
 * A small retailer that also sells tickets and rooms by the night, to try things out on. Everything in it is invented.
 */
export const SAMPLE_PRODUCTS: readonly Product[] = [
  product('MUG-BLUE', 'Blue mug, 300 ml', 'kitchen', { colour: 'blue' }),
  product('MUG-WHITE', 'White mug, 300 ml', 'kitchen', { colour: 'white' }),
  product('TEE-BLACK-M', 'T-shirt, black, medium', 'clothing', { colour: 'black', size: 'M' }),
  product('TEE-BLACK-L', 'T-shirt, black, large', 'clothing', { colour: 'black', size: 'L' }),
  product('LAMP-DESK', 'Desk lamp', 'lighting', null),
  product('CHAIR-OAK', 'Oak chair', 'furniture', null),
  product('TICKET-FRI', 'Friday concert, standing', 'tickets', null),
  product('TICKET-FRI-A1', 'Friday concert, seat A1', 'tickets', { row: 'A', seat: 1 }),
  product('ROOM-DOUBLE-0704', 'Double room, the night of 4 July', 'rooms', null),
];

export const SAMPLE_LOCATIONS: readonly Location[] = [
  { location: 'WAREHOUSE-1', name: 'Central warehouse', kind: 'warehouse', attributes: null },
  { location: 'STORE-BERLIN', name: 'Shop in Berlin', kind: 'store', attributes: null },
  { location: 'STORE-LYON', name: 'Shop in Lyon', kind: 'store', attributes: null },
  { location: 'HOTEL', name: 'Hotel by the hall', kind: 'venue', attributes: null },
  { location: 'HALL', name: 'Concert hall', kind: 'venue', attributes: null },
];

export const SAMPLE_STOCK: readonly Line[] = [
  { sku: 'MUG-BLUE', location: 'WAREHOUSE-1', quantity: 10_000 },
  { sku: 'MUG-BLUE', location: 'STORE-BERLIN', quantity: 40 },
  { sku: 'MUG-BLUE', location: 'STORE-LYON', quantity: 25 },
  { sku: 'MUG-WHITE', location: 'WAREHOUSE-1', quantity: 800 },
  { sku: 'MUG-WHITE', location: 'STORE-LYON', quantity: 12 },
  { sku: 'TEE-BLACK-M', location: 'WAREHOUSE-1', quantity: 300 },
  { sku: 'TEE-BLACK-M', location: 'STORE-BERLIN', quantity: 8 },
  { sku: 'TEE-BLACK-L', location: 'STORE-BERLIN', quantity: 1 },
  { sku: 'LAMP-DESK', location: 'WAREHOUSE-1', quantity: 60 },
  { sku: 'CHAIR-OAK', location: 'STORE-BERLIN', quantity: 4 },
  { sku: 'TICKET-FRI', location: 'HALL', quantity: 500 },
  { sku: 'TICKET-FRI-A1', location: 'HALL', quantity: 1 },
  { sku: 'ROOM-DOUBLE-0704', location: 'HOTEL', quantity: 12 },
];

/** Where the first reservation of a newcomer is made: there is enough to paste it many times. */
export const SAMPLE_FIRST_LEVEL = { sku: 'MUG-BLUE', location: 'WAREHOUSE-1' };

function product(
  sku: string,
  name: string,
  category: string,
  attributes: Product['attributes'],
): Product {
  return { sku, name, description: null, category, attributes };
}
