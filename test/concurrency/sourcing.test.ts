import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Command, ReserveCommand } from '../../src/domain/commands.ts';
import type { OpenLine } from '../../src/domain/sourcing/sourcing.ts';
import type { Answer } from '../../src/ledger/ledger.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { createTestDatabase } from '../support/postgres/testDatabase.ts';
import { PostgresTestServer as Server } from '../support/postgresLedger.ts';
import { seededRandom } from '../support/virtualTime.ts';

const BUYERS = 1_000;
const SKUS = ['apple', 'pear'];
const PLACES = Array.from({ length: 20 }, (_, index) => `store-${index}`);

/** Places with one unit or none, besides. */
const MANY = 120;

/** Units of each product in each place, 290 in all; one place has none. */
const UNITS = PLACES.map((_, index) => (index * 7) % 30);
const STOCK = UNITS.reduce((sum, units) => sum + units, 0);

const { fraction } = seededRandom(20261120);

interface Engine {
  readonly name: string;
  /** Servers that share one new database. */
  open(): Promise<{ readonly servers: readonly Server[]; remove(): Promise<void> }>;
}

const ENGINES: readonly Engine[] = [
  {
    name: 'SQLite',
    async open() {
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-sourcing-'));
      const server = await Server.open(`sqlite:${join(folder, 'ledger.db')}`);
      return { servers: [server], remove: () => rm(folder, { recursive: true, force: true }) };
    },
  },
  {
    name: 'PostgreSQL, with two servers',
    async open() {
      const { url, drop } = await createTestDatabase();
      const servers = [await Server.open(url), await Server.open(url)];
      return { servers, remove: drop };
    },
  },
];

function anywhere(quantity: number, sku = 'apple', from: OpenLine['from'] = 'any'): OpenLine {
  return { sku, quantity, from };
}

function reserve(lines: ReserveCommand['lines'], open: readonly OpenLine[]): ReserveCommand {
  const strategy = oneOf(['fewest_parcels', 'nearest', 'most_stock'] as const);
  return {
    type: 'reserve',
    reservationId: randomUUID(),
    lines,
    ...(open.length > 0 && { sourcing: { strategy, lines: open } }),
    ttlSeconds: 3_600,
    reference: null,
    metadata: null,
  };
}

/** A place that had one unit more once. */
function stockedKiosk(location: string, units: number): readonly Command[] {
  const content = { name: location, kind: 'store', attributes: null } as const;
  const apple = { sku: 'apple', location } as const;
  return [
    { type: 'putLocation', location, content },
    { type: 'receive', ...apple, quantity: units + 1 },
    { type: 'sell', ...apple, quantity: 1 },
  ];
}

function oneOf<T>(values: readonly [T, ...T[]]): T;
function oneOf<T>(values: readonly T[]): T | undefined;
function oneOf<T>(values: readonly T[]): T | undefined {
  return values[Math.floor(fraction() * values.length)];
}

function fixed() {
  return { sku: 'apple', location: oneOf(PLACES) ?? '', quantity: 1 };
}

/** Whether everything that was asked is held. */
function isHeld(answer: Answer): boolean {
  return (
    answer.kind === 'done' && answer.items.every(({ outcome }) => outcome.kind === 'reservation')
  );
}

/** How much is left of a product; throws where a level has less than nothing. */
async function left({ storage }: Server, sku: string): Promise<number> {
  const levels = await storage.queries.levels({ skus: [sku], limit: 1_000 });
  for (const level of levels) expect(level.available).toBeGreaterThanOrEqual(0);
  return levels.reduce((sum, { available }) => sum + available, 0);
}

describe.each(ENGINES)('1,000 buyers of what lies in 20 places, on $name', (engine) => {
  let opened: Awaited<ReturnType<Engine['open']>> | undefined;

  afterEach(async () => {
    const { servers = [], remove } = opened ?? {};
    for (const { storage } of servers) {
      expect((await verifyBooks(storage.books)).findings).toEqual([]);
    }
    for (const server of servers) await server.close();
    await remove?.();
  });

  async function stocked(): Promise<readonly Server[]> {
    opened = await engine.open();
    const [server] = opened.servers;
    for (const location of PLACES) {
      const content = { name: location, kind: 'store', attributes: null } as const;
      await server?.run({ type: 'putLocation', location, content });
    }
    for (const sku of SKUS) {
      const content = { name: sku, description: null, category: null, attributes: null };
      await server?.run({ type: 'putProduct', sku, content });
      for (const [index, location] of PLACES.entries()) {
        const quantity = UNITS[index] ?? 0;
        if (quantity > 0) await server?.run({ type: 'receive', sku, location, quantity });
      }
    }
    return opened.servers;
  }

  /** All at once, spread over the servers. */
  function buyAll(servers: readonly Server[], works: readonly (readonly ReserveCommand[])[]) {
    const asked = works.map((commands, index) => {
      const items = commands.map((command) => ({ command }));
      const work = { actor: 'ann', requestId: 'q', items, atomic: true };
      const answer = servers[index % servers.length]?.ledger.submit(work);
      if (!answer) throw new Error('there is a server');
      return answer;
    });
    return Promise.all(asked);
  }

  it('sells every unit to somebody, and none twice', async () => {
    const servers = await stocked();
    const works = Array.from({ length: BUYERS }, () => [reserve([], [anywhere(1)])]);
    const answers = await buyAll(servers, works);
    expect(answers.filter(isHeld)).toHaveLength(STOCK);
    for (const server of servers) expect(await left(server, 'apple')).toBe(0);
  });

  it('sells all of it beside buyers who name the place', async () => {
    const servers = await stocked();
    const works = Array.from({ length: BUYERS }, (_, index) =>
      index % 2 === 0 ? [reserve([], [anywhere(1)])] : [reserve([fixed()], [])],
    );
    const answers = await buyAll(servers, works);
    expect(answers.filter(isHeld)).toHaveLength(STOCK);
    for (const server of servers) expect(await left(server, 'apple')).toBe(0);
  });

  it('sells what lies in more places than are looked at first, with others sold out', async () => {
    const servers = await stocked();
    const places = Array.from({ length: MANY }, (_, index) => `kiosk-${index}`);
    const [server] = servers;
    const commands = places.flatMap((location, index) => stockedKiosk(location, index % 2));
    const items = commands.map((command) => ({ command }));
    await server?.ledger.submit({ actor: 'ann', requestId: 'q', items, atomic: true });
    const total = STOCK + MANY / 2;
    const works = Array.from({ length: total + 50 }, () => [reserve([], [anywhere(1)])]);
    const answers = await buyAll(servers, works);
    expect(answers.filter(isHeld)).toHaveLength(total);
    for (const one of servers) expect(await left(one, 'apple')).toBe(0);
  });

  it('sells by twos in atomic batches what can be sold by twos', async () => {
    const servers = await stocked();
    const works = Array.from({ length: BUYERS / 2 }, () => [
      reserve([], [anywhere(1), anywhere(2, 'pear')]),
      reserve([], [anywhere(1)]),
    ]);
    const answers = await buyAll(servers, works);
    expect(answers.filter(isHeld)).toHaveLength(Math.floor(STOCK / 2));
    for (const server of servers) {
      expect(await left(server, 'apple')).toBe(STOCK % 2);
      expect(await left(server, 'pear')).toBe(STOCK % 2);
    }
  });
});
