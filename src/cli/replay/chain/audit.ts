import { levelKey } from '../../../domain/stock.ts';
import type { VerifyReport } from '../../../ledger/verify.ts';
import { verifyBooks } from '../../../ledger/verify.ts';
import { eachLevel } from '../../../queries/eachLevel.ts';
import type { Chain } from './chain.ts';
import type { Shelves } from './shelves.ts';

/** What the books of all nodes say in the end. */
export interface Audit {
  readonly books: number;
  readonly events: number;
  /** Differences that `verify` has found within any of the books. */
  readonly findings: number;
  /** Units in all books together: what came in, what customers have, what is left, and what is between two nodes. */
  readonly cameIn: number;
  readonly handedOver: number;
  readonly onHand: number;
  readonly inTransit: number;
  /** Units that nobody has bought, by who owns them. */
  readonly left: { readonly hub: number; readonly shops: number };
  /** Levels of which the nodes together do not have what the shelves have. */
  readonly wrongLevels: number;
}

/** Looks through the books of all nodes; nothing may be under way any more. */
export async function auditChain(chain: Chain, shelves: Shelves): Promise<Audit> {
  const reports: VerifyReport[] = [];
  for (const { storage } of chain.nodes) reports.push(await verifyBooks(storage.books));
  const [hub = new Map(), ...shops] = await Promise.all(
    chain.nodes.map(({ storage }) => availableUnits(storage.queries)),
  );
  return {
    books: reports.length,
    events: sum(reports, ({ events }) => events),
    findings: sum(reports, ({ findingCount }) => findingCount),
    cameIn: sum(reports, ({ outside }) => 0 - Number(outside.supplier)),
    handedOver: sum(reports, ({ outside }) => Number(outside.customer)),
    onHand: sum(reports, ({ onHand }) => Number(onHand)),
    inTransit: sum(reports, ({ outside }) => Number(outside.transit)),
    left: {
      hub: sum(hub.values(), itself),
      shops: sum(shops, (units) => sum(units.values(), itself)),
    },
    wrongLevels: countWrong(shelves.levels, [hub, ...shops]),
  };
}

type Units = ReadonlyMap<string, number>;

async function availableUnits(queries: Parameters<typeof eachLevel>[0]): Promise<Units> {
  const units = new Map<string, number>();
  for await (const { sku, location, available } of eachLevel(queries, {})) {
    units.set(levelKey(sku, location), available);
  }
  return units;
}

function countWrong(expected: Units, books: readonly Units[]): number {
  const keys = new Set([...expected.keys(), ...books.flatMap((units) => [...units.keys()])]);
  return [...keys].filter((key) => {
    return sum(books, (units) => units.get(key) ?? 0) !== (expected.get(key) ?? 0);
  }).length;
}

function sum<T>(items: Iterable<T>, numberOf: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += numberOf(item);
  return total;
}

function itself(number: number): number {
  return number;
}
