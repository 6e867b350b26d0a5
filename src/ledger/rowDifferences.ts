import type { Location, Product } from '../domain/catalogue.ts';
import { canonicalJson } from '../domain/json.ts';
import type { Share } from '../domain/links/share.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Transfer } from '../domain/transfer.ts';
import type { LevelRow } from './books.ts';

/** A row as flat values, each comparable with `===`. */
type Fields = Readonly<Record<string, string | number | null>>;

export interface Difference {
  readonly expected: string;
  readonly found: string;
}

/** The fields in which two rows differ, with both values; null when they are equal. */
export function difference(expected: Fields, found: Fields | undefined): Difference | null {
  if (found === undefined)
    return { expected: spell(expected, Object.keys(expected)), found: 'no row' };
  const names = Object.keys(expected).filter((name) => expected[name] !== found[name]);
  if (names.length === 0) return null;
  return { expected: spell(expected, names), found: spell(found, names) };
}

function spell(fields: Fields, names: readonly string[]): string {
  return names.map((name) => `${name} ${fields[name]}`).join(', ');
}

export function levelFields(row: LevelRow): Fields {
  const { available, reserved, committed, unavailable, version, updatedAt } = row;
  return { available, reserved, committed, unavailable, version, updatedAt };
}

/** Without reference and metadata, which the log does not hold, and without `updatedAt`, which an erasure moves on. */
export function reservationFields(row: Reservation): Fields {
  const { status, ttlSeconds, expiresAt, createdAt, createdBy, madeBy = null, lines } = row;
  const parts = lines.map(({ sku, location, quantity, confirmed, fulfilled, passed }) => {
    const part = [sku, location, quantity, confirmed, fulfilled];
    return passed ? [...part, [passed.node, passed.open, passed.cancelled]] : part;
  });
  const text = JSON.stringify(parts);
  return { status, ttlSeconds, expiresAt, createdAt, createdBy, madeBy, lines: text };
}

export function transferFields(row: Transfer): Fields {
  const { status, from, to, createdAt, updatedAt, reference, lines } = row;
  const parts = lines.map(({ sku, places }) => [
    sku,
    ...places.map(({ place, quantity, received, lost, returned, found }) => {
      return [place, quantity, received, lost, returned, found];
    }),
  ]);
  return { status, from, to, createdAt, updatedAt, reference, lines: JSON.stringify(parts) };
}

export function productFields({
  name,
  description,
  category,
  attributes,
  ...origin
}: Product): Fields {
  const { node = null, removal } = origin;
  const told = { node, removal: removal?.join(' ') ?? null };
  return { name, description, category, attributes: canonicalJson(attributes), ...told };
}

export function locationFields({ name, kind, attributes, ...place }: Location): Fields {
  const { node = null, fence = null } = place;
  return { name, kind, attributes: canonicalJson(attributes), node, fence };
}

export function shareFields({ peer: _, sku: _sku, location: _location, ...row }: Share): Fields {
  return row;
}
