import type { Location, Product } from '../../src/domain/catalogue.ts';
import type { Share } from '../../src/domain/links/share.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { StockedPlace } from '../../src/domain/sourcing/stockedPlace.ts';
import type { State, UnitsInUse } from '../../src/domain/state.ts';
import { emptyLevel, type Level, levelKey } from '../../src/domain/stock.ts';
import {
  lineOf,
  type Transfer,
  type TransferLine,
  type TransferTotals,
} from '../../src/domain/transfer.ts';

/** What a test says of the world; all else is empty. */
export interface Given {
  readonly products?: readonly Product[];
  readonly locations?: readonly Location[];
  readonly levels?: readonly Level[];
  readonly reservations?: readonly Reservation[];
  readonly transfers?: readonly Transfer[];
  readonly earliestReleaseAt?: number | null;
  readonly inUse?: UnitsInUse;
  /** By reservation id the node that made it. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly hub?: string;
  readonly linked?: boolean;
  readonly peers?: readonly string[];
  readonly shares?: readonly Share[];
  /** Of any product. */
  readonly stockedAt?: readonly StockedPlace[];
}

export const NOW = 1_700_000_000_000;

/** A state for the rules, made of plain rows. */
export function givenState(given: Given): State {
  const levels = new Map(
    given.levels?.map((level) => [levelKey(level.sku, level.location), level]),
  );
  const unused: UnitsInUse = { inUse: false, onHand: 0, inTransit: 0 };
  return {
    product: (sku) => given.products?.find((product) => product.sku === sku),
    location: (location) => given.locations?.find((row) => row.location === location),
    level: (sku, location) => levels.get(levelKey(sku, location)) ?? emptyLevel(sku, location),
    reservation: (id) => given.reservations?.find((row) => row.id === id),
    transfer: (id) => given.transfers?.find((row) => row.id === id),
    nodeOfReservation: (id) => given.elsewhere?.[id],
    peers: () => given.peers ?? [],
    hub: () => given.hub,
    isLinked: () => given.linked ?? given.hub !== undefined,
    sharesOf: (sku, location) =>
      given.shares?.filter((share) => share.sku === sku && share.location === location) ?? [],
    earliestReleaseAt: () => given.earliestReleaseAt ?? null,
    stockedAt: () => given.stockedAt ?? [],
    productInUse: () => given.inUse ?? unused,
    locationInUse: () => given.inUse ?? unused,
  };
}

export function product(sku: string, name = sku): Product {
  return { sku, name, description: null, category: null, attributes: null };
}

export function shop(location: string): Location {
  return { location, name: location, kind: 'store', attributes: null };
}

export function level(sku: string, location: string, balances: Partial<Level> = {}): Level {
  return { ...emptyLevel(sku, location), version: 1, ...balances };
}

/** A reservation of 5 units of `apple` at `north`, held for another minute. */
export function reservation(row: Partial<Reservation> = {}): Reservation {
  return {
    id: 'r1',
    status: 'held',
    lines: [{ sku: 'apple', location: 'north', quantity: 5, confirmed: 0, fulfilled: 0 }],
    ttlSeconds: 60,
    expiresAt: NOW + 60_000,
    createdAt: NOW,
    updatedAt: NOW,
    createdBy: 'ann',
    reference: null,
    metadata: null,
    ...row,
  };
}

/** 5 units of `apple` on their way from `north` to `south`. */
export function transfer(row: Partial<Transfer> = {}): Transfer {
  return {
    id: 't1',
    status: 'in_transit',
    from: 'north',
    to: 'south',
    lines: [transferLine({ quantity: 5 })],
    createdAt: NOW,
    updatedAt: NOW,
    reference: null,
    ...row,
  };
}

/** `apple` of that transfer: what has left `north`, and what has come to `south`. */
export function transferLine(totals: Partial<TransferTotals>): TransferLine {
  const { quantity = 0, returned = 0, ...arrived } = totals;
  const none = { quantity: 0, received: 0, lost: 0, returned: 0, found: 0 };
  const places = [
    { ...none, place: 'north', quantity, returned },
    { ...none, place: 'south', ...arrived },
  ];
  return lineOf('apple', places);
}
