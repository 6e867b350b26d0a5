import type { Command, Line, ReserveCommand } from '../../src/domain/commands.ts';
import { BATCH_COMMANDS_MAX, TTL_SECONDS_DEFAULT } from '../../src/domain/limits.ts';
import type { Sourcing } from '../../src/domain/sourcing/sourcing.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { sequence, UNITS_PER_SKU } from '../stage.ts';

/** Places of most products, and of those that are nearly everywhere. */
export const PLACES = 50;
export const PLACES_MANY = 1_000;

/** Numbers to choose by; far more than there is to choose from. */
const CHOICES = 1_000_000;

/** Kinds of products: one in some places, others there, in very many, and sold out in as many. */
const KINDS = ['hot', 'some', 'everywhere', 'gone', 'goneEverywhere'] as const;
export type Kind = (typeof KINDS)[number];

/** Products of each kind. */
const SKUS = { hot: 1, some: 200, everywhere: 5, gone: 200, goneEverywhere: 5 };

const placeAt = (index: number): string => `place-${String(index + 1).padStart(4, '0')}`;

function placesOf(kind: Kind): number {
  return kind === 'everywhere' || kind === 'goneEverywhere' ? PLACES_MANY : PLACES;
}

function skusOf(kind: Kind): readonly string[] {
  return Array.from({ length: SKUS[kind] }, (_, index) => `${kind}-${index + 1}`);
}

/** Puts all products into a new database. */
export async function fillPlaces(ledger: Ledger): Promise<void> {
  const commands = [
    ...Array.from({ length: PLACES_MANY }, (_, index) => putPlace(index)),
    ...KINDS.flatMap((kind) => skusOf(kind).flatMap((sku) => putProduct(kind, sku))),
  ];
  for (let start = 0; start < commands.length; start += BATCH_COMMANDS_MAX) {
    const items = commands.slice(start, start + BATCH_COMMANDS_MAX).map((command) => ({ command }));
    const answer = await ledger.submit({
      actor: 'bench',
      requestId: 'places',
      items,
      atomic: true,
    });
    if (answer.kind !== 'done') throw new Error(`the places were not filled: ${answer.kind}`);
  }
}

/** On a grid over a country of 10 by 10 degrees. */
function putPlace(index: number): Command {
  const attributes = { latitude: 45 + (index % 32) / 3.2, longitude: 5 + index / 100 };
  const content = { name: placeAt(index), kind: 'store', attributes } as const;
  return { type: 'putLocation', location: placeAt(index), content };
}

function putProduct(kind: Kind, sku: string): Command[] {
  const content = { name: sku, description: null, category: null, attributes: null };
  const places = Array.from({ length: placesOf(kind) }, (_, index) => placeAt(index));
  const isGone = kind === 'gone' || kind === 'goneEverywhere';
  const quantity = isGone ? 1 : UNITS_PER_SKU;
  return [
    { type: 'putProduct', sku, content },
    ...places.flatMap((location): Command[] => {
      const units = { sku, location, quantity };
      return [
        { type: 'receive', ...units },
        ...(isGone ? [{ type: 'sell', ...units } as const] : []),
      ];
    }),
  ];
}

/** Makes orders of one unit of each of so many products, whose places are named. */
export function namedOrders(products: number, nextId: () => string): () => ReserveCommand {
  const next = sequence(CHOICES);
  return () => {
    const lines = someSkus('some', products, next).map((sku): Line => {
      return { sku, location: placeAt(next() % PLACES), quantity: 1 };
    });
    return { ...order(nextId()), lines };
  };
}

/** The same orders, from any place. */
export function openOrders(
  kind: Kind,
  products: number,
  strategy: Sourcing['strategy'],
  nextId: () => string,
): () => ReserveCommand {
  const next = sequence(CHOICES);
  return () => {
    const lines = someSkus(kind, products, next).map(
      (sku) => ({ sku, quantity: 1, from: 'any' }) as const,
    );
    const near = { latitude: 45 + (next() % 1_000) / 100, longitude: 5 + (next() % 1_000) / 100 };
    const sourcing = { strategy, lines, ...(strategy === 'nearest' && { near }) };
    return { ...order(nextId()), lines: [], sourcing };
  };
}

function someSkus(kind: Kind, products: number, next: () => number): readonly string[] {
  const skus = skusOf(kind);
  const some = new Set<string>();
  while (some.size < products) some.add(skus[next() % skus.length] ?? '');
  return [...some];
}

function order(reservationId: string) {
  const rest = { ttlSeconds: TTL_SECONDS_DEFAULT, reference: null, metadata: null };
  return { type: 'reserve', reservationId, ...rest } as const;
}
