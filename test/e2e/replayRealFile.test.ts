import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workshop } from '../support/processes.ts';
import { RetailOracle } from '../support/retailOracle.ts';

const FILE = path.resolve(import.meta.dirname, '../../../shared/data/online-retail.csv.gz');

/** Enough to meet the traps of the file, and played in seconds; the whole of it is played by hand. */
const UNTIL = '2010-12-05';

/** Time for a test of processes, on a machine that has other work too. */
const SLOW_MS = 180_000;

if (!existsSync(FILE)) {
  process.stdout.write(
    'skipped: the real file is not there (../shared/data/online-retail.csv.gz)\n',
  );
}

describe.skipIf(!existsSync(FILE))('the first days of the real file', () => {
  const workshop = new Workshop();
  const database = workshop.database();
  let oracle: RetailOracle;
  let out = '';
  afterAll(() => workshop.close());
  beforeAll(async () => {
    oracle = new RetailOracle(FILE);
    const replay = workshop.holdfast(['replay', FILE, '--database', database, '--until', UNTIL]);
    await replay.silent;
    out = replay.out;
    expect({ code: replay.child.exitCode, err: replay.err }).toEqual({ code: 0, err: '' });
  }, SLOW_MS);

  it('are sold as the file says', () => {
    const units = oracle.soldBefore(`${UNTIL} 00:00:00`).toLocaleString('en');
    expect(out).toMatch(new RegExp(`^sold: units +${units} +${units}$`, 'm'));
    expect(out).not.toContain('differs');
  });

  it('verify', async () => {
    expect(await workshop.run(['verify', '--database', database])).toMatchObject({ code: 0 });
  });

  it(
    'can be asked for the stock of any minute',
    async () => {
      const server = workshop.serve(database);
      const url = await server.url();
      for (const minute of ['2010-12-01 07:00', '2010-12-01 16:57', '2010-12-03 12:00']) {
        const expected = oracle.stockAt(`${minute}:00`);
        const answered = await stockAsOf(url, `${minute.replace(' ', 'T')}:00Z`);
        expect(answered.size).toBeGreaterThan(3_000);
        const differing = [...answered].filter(([sku, units]) => expected.get(sku) !== units);
        expect({ minute, differing }).toEqual({ minute, differing: [] });
      }
      await server.stop();
    },
    SLOW_MS,
  );
});

interface StockPage {
  readonly data: readonly { readonly sku: string; readonly onHand: number }[];
  readonly nextCursor: string | null;
}

async function stockAsOf(url: string, asOf: string): Promise<Map<string, number>> {
  const stock = new Map<string, number>();
  const query = new URLSearchParams({ location: 'online-retail-warehouse', asOf, limit: '1000' });
  for (let cursor: string | null = ''; cursor !== null; ) {
    if (cursor !== '') query.set('cursor', cursor);
    const answer = await fetch(`${url}/v1/stock?${query}`);
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as StockPage;
    for (const { sku, onHand } of page.data) stock.set(sku, onHand);
    cursor = page.nextCursor;
  }
  return stock;
}
