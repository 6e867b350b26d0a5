import { BALANCE_MAX } from './limits.ts';

/** What a stock level is made of. `onHand` is the sum of the four. */
export type Account = 'available' | 'reserved' | 'committed' | 'unavailable';

/** Where units come from and go to outside of a stock level. */
export type OutsideAccount = 'supplier' | 'customer' | 'shrinkage' | 'transit';

/** Units in each account after a movement. Only `available` may be negative: a recorded shortfall. */
export interface Balances {
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
  readonly unavailable: number;
}

/** One SKU at one location. `version` counts its movements; 0 means that it was never stocked. */
export interface Level extends Balances {
  readonly sku: string;
  readonly location: string;
  readonly version: number;
}

/** Identifies a level in a map. U+0000 cannot occur in an identifier, so two levels never share a key. */
export type LevelKey = string;

export function levelKey(sku: string, location: string): LevelKey {
  return `${sku}\u0000${location}`;
}

export function emptyLevel(sku: string, location: string): Level {
  return { sku, location, available: 0, reserved: 0, committed: 0, unavailable: 0, version: 0 };
}

export function onHand(balances: Balances): number {
  return balances.available + balances.reserved + balances.committed + balances.unavailable;
}

/** Units on the shelf that nobody else can be promised. */
export function promisedUnits({ reserved, committed, unavailable }: Balances): number {
  return reserved + committed + unavailable;
}

/** Units that were promised or handed over but are not there; 0 in a sound level. */
export function shortfall(balances: Balances): number {
  return balances.available < 0 ? -balances.available : 0;
}

/** Whether `quantity` more units fit into a level without passing the largest exact integer. */
export function fits(level: Balances, quantity: number): boolean {
  return Math.max(level.available, 0) + promisedUnits(level) + quantity <= BALANCE_MAX;
}

/** Whether any account of the level holds units (or owes some). */
export function hasUnits(level: Balances): boolean {
  return (
    level.available !== 0 ||
    level.reserved !== 0 ||
    level.committed !== 0 ||
    level.unavailable !== 0
  );
}
