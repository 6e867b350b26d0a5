import { readConfig } from '../../src/config.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { LevelPage } from '../../src/queries/store.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { decimals, whole } from '../table.ts';
import { type Row, row } from './cost.ts';

/** Counted by those who delivered, and by the buyers, from what they were answered. */
export interface Answered {
  readonly delivered: number;
  /** Over the counter: the goods have left. */
  readonly sold: number;
  /** Online: promised, and still on the shelf. */
  readonly promised: number;
}

/** Where a node's books are. */
export interface NodeBooks {
  readonly node: string;
  /** As in the setting. */
  readonly database: string;
}

interface Books {
  readonly events: number;
  readonly onHand: number;
  readonly transit: number;
  readonly committed: number;
  readonly leastAvailable: number;
  /** How long it took to verify them. */
  readonly ms: number;
  readonly findings: readonly string[];
}

/**
 * Verifies every node's books, and that together they have each unit once. All nodes have ended, with nothing on its way.
 *
 * @param nodes the hub first
 * @throws {Error} when they do not
 */
export async function checkBooks(nodes: readonly NodeBooks[], answered: Answered): Promise<Row[]> {
  const all: Books[] = [];
  for (const node of nodes) all.push(await booksOf(node));
  const sum = (of: (books: Books) => number) => all.reduce((total, each) => total + of(each), 0);
  const onHand = sum((books) => books.onHand);
  const { delivered, sold, promised } = answered;
  const faults = all.flatMap(({ findings }) => findings);
  expect(faults, 'units owned', onHand, delivered - sold);
  expect(
    faults,
    'units on their way',
    sum(({ transit }) => transit),
    0,
  );
  expect(
    faults,
    'units promised',
    sum(({ committed }) => committed),
    promised,
  );
  if (all.some(({ leastAvailable }) => leastAvailable < 0)) faults.push('a level is below zero');
  if (faults.length > 0) throw new Error(`the books are wrong:\n${faults.join('\n')}`);
  const events = sum((books) => books.events);
  // The hub has a copy of what the others have written.
  const eventUs = ((all[0]?.ms ?? 0) * 1_000) / events;
  return [
    row(`books of ${nodes.length} nodes, verified`, `${whole(events)} events, no finding`),
    row('verifying the hub: an event or a copy', `${decimals(eventUs, 1)} µs`, 'verifyUs', eventUs),
    row(
      'delivered - sold = owned, over all nodes',
      `${whole(delivered)} - ${whole(sold)} = ${whole(onHand)} units`,
    ),
    row('sold online and not handed over yet', `${whole(promised)} units`),
  ];
}

function expect(faults: string[], what: string, is: number, expected: number): void {
  if (is !== expected) faults.push(`${what}: ${is}, expected ${expected}`);
}

async function booksOf({ node, database }: NodeBooks): Promise<Books> {
  const config = readConfig({ database }, {});
  const storage = await openStorage({ config, machine: createRuntime(), mustExist: true });
  try {
    const startedAt = performance.now();
    const { events, onHand, outside, findings } = await verifyBooks(storage.books);
    const ms = performance.now() - startedAt;
    return {
      ms,
      events,
      onHand: Number(onHand),
      transit: Number(outside.transit),
      ...(await levelsOf(storage)),
      findings: findings.map((finding) => `${node}: ${JSON.stringify(finding)}`),
    };
  } finally {
    await storage.close();
  }
}

async function levelsOf({ queries }: Storage) {
  let committed = 0;
  let leastAvailable = 0;
  let after: LevelPage['after'];
  for (;;) {
    const levels = await queries.levels({ limit: 1_000, ...(after && { after }) });
    for (const level of levels) {
      committed += level.committed;
      leastAvailable = Math.min(leastAvailable, level.available);
    }
    after = levels.at(-1);
    if (after === undefined) return { committed, leastAvailable };
  }
}
