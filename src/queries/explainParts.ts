import { shortfall } from '../domain/stock.ts';
import type { LevelRow } from '../ledger/books.ts';
import type { Hold } from './store.ts';

export type PartKind =
  | 'available'
  | 'shortfall'
  | 'reserved'
  | 'committed'
  | 'unavailable'
  | 'never_stocked';

/** One of the numbers that add up to `onHand`; a shortfall counts below zero. */
export interface ExplainedPart {
  readonly kind: PartKind;
  readonly quantity: number;
  readonly text: string;
}

export interface ExplainedHold {
  readonly kind: 'hold';
  readonly reservationId: string;
  readonly quantity: number;
  /** When the units come back unless they are sold before, milliseconds since 1970. */
  readonly freesUpAt: number;
  /** Its time is over; the units come back at any moment. */
  readonly due: boolean;
  readonly text: string;
}

const NEVER_STOCKED: ExplainedPart = {
  kind: 'never_stocked',
  quantity: 0,
  text: 'Nothing was ever received or counted here.',
};

const OWNED_ELSEWHERE: ExplainedPart = {
  kind: 'never_stocked',
  quantity: 0,
  text: 'This node never owned any of it; other nodes do.',
};

/** Parts of zero are left out, but for `available`, which is what everybody asks about. */
export function explainParts(
  level: LevelRow | undefined,
  isOwnedElsewhere: boolean,
): readonly ExplainedPart[] {
  if (!level) return [isOwnedElsewhere ? OWNED_ELSEWHERE : NEVER_STOCKED];
  const { reserved, committed, unavailable } = level;
  return [
    availablePart(level),
    ...part('reserved', reserved, `${are(reserved)} held by open reservations.`),
    ...part('committed', committed, `${are(committed)} sold and not yet handed over.`),
    ...part(
      'unavailable',
      unavailable,
      `${are(unavailable)} here but cannot be sold, damaged or under inspection.`,
    ),
  ];
}

function availablePart(level: LevelRow): ExplainedPart {
  const missing = shortfall(level);
  const { available } = level;
  if (missing === 0) {
    const text =
      available === 0 ? 'Nothing can be promised now.' : `${units(available)} can be promised.`;
    return { kind: 'available', quantity: available, text };
  }
  const text = `${are(missing)} missing: promised or handed over, but not in the books. Nothing can be promised until this is made good.`;
  return { kind: 'shortfall', quantity: -missing, text };
}

function part(kind: PartKind, quantity: number, text: string): ExplainedPart[] {
  return quantity === 0 ? [] : [{ kind, quantity, text }];
}

export function explainHold(hold: Hold, now: number): ExplainedHold {
  const { reservationId, quantity, expiresAt } = hold;
  const due = expiresAt <= now;
  const end = due
    ? 'whose time is over; they come back at any moment'
    : `until ${new Date(expiresAt).toISOString()} unless it is confirmed before`;
  const text = `${are(quantity)} held by reservation ${reservationId}, ${end}.`;
  return { kind: 'hold', reservationId, quantity, freesUpAt: expiresAt, due, text };
}

export function units(count: number): string {
  return count === 1 ? '1 unit' : `${count} units`;
}

export function are(count: number): string {
  return `${units(count)} ${count === 1 ? 'is' : 'are'}`;
}
