export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Where a buyer stands: at the counter of the shop, or online, at the hub. */
export type Side = 'shop' | 'online';

/** Somebody who wants some of a SKU. */
export interface Arrival {
  /** Milliseconds from the beginning. */
  readonly at: number;
  readonly sku: string;
  readonly side: Side;
  readonly quantity: number;
}
