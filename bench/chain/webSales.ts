import { skuAt } from './fleet.ts';
import type { BenchHub } from './hub.ts';

const BUYERS = 4;
const SKEW = 3.6;

/** What the hub's own buyers got. */
export interface WebSales {
  /** Units of confirmed reservations. */
  readonly sold: number;
  readonly refused: number;
}

/** Buyers of the web shop, each of whom takes one unit of something somewhere, as long as `isOver` does not say so. */
export async function sellOnline(
  hub: BenchHub,
  size: { readonly skus: number; readonly locations: readonly string[] },
  isOver: () => boolean,
): Promise<WebSales> {
  let sold = 0;
  let refused = 0;
  const buy = async () => {
    const sku = skuAt(Math.floor(size.skus * Math.random() ** SKEW));
    const location = size.locations[Math.floor(size.locations.length * Math.random())];
    const lines = [{ sku, location, quantity: 1 }];
    const held = await hub.try('POST', '/v1/reservations', { lines, ttlSeconds: 900 });
    if (held.status === 409) {
      refused += 1;
      return;
    }
    if (held.status !== 201) throw new Error(`a reservation was answered with ${held.text}`);
    const { id } = JSON.parse(held.text) as { readonly id: string };
    await hub.ask('POST', `/v1/reservations/${id}/confirm`);
    sold += 1;
  };
  const buyer = async () => {
    while (!isOver()) await buy();
  };
  await Promise.all(Array.from({ length: BUYERS }, buyer));
  return { sold, refused };
}
