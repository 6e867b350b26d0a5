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
  place('WAREHOUSE-1', 'Central warehouse', 'warehouse', { latitude: 51.34, longitude: 12.375 }),
  place('STORE-BERLIN', 'Shop in Berlin', 'store', { latitude: 52.52, longitude: 13.405 }),
  place('STORE-LYON', 'Shop in Lyon', 'store', { latitude: 45.764, longitude: 4.836 }),
  place('HOTEL', 'Hotel by the hall', 'venue', null),
  place('HALL', 'Concert hall', 'venue', null),
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

function place(
  location: string,
  name: string,
  kind: Location['kind'],
  attributes: Location['attributes'],
): Location {
  return { location, name, kind, attributes };
}

function product(
  sku: string,
  name: string,
  category: string,
  attributes: Product['attributes'],
): Product {
  return { sku, name, description: null, category, attributes };
}
