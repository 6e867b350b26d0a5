import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type GroceryLine, groceryCsv, writeGroceryFiles } from '../support/groceryFile.ts';
import { type Started, Workshop } from '../support/processes.ts';

const REAL = path.resolve(
  import.meta.dirname,
  '../../../shared/data/complete-journey-transactions.csv.gz',
);

if (!existsSync(REAL)) {
  process.stdout.write(
    'skipped: the real file is not there (../shared/data/complete-journey-transactions.csv.gz)\n',
  );
}

/** Time for a run on files, on a machine that has other work too. */
const SLOW_MS = 240_000;

/** A basket in each hour of a few weeks, by turns in two stores: seconds of work. */
const BUSY: readonly GroceryLine[] = Array.from({ length: 800 }, (_, hour) => ({
  store: hour % 2 === 0 ? '7' : '8',
  basket: `${hour}`,
  product: hour % 3 === 0 ? 'tea' : 'milk',
  time: new Date(Date.UTC(2017, 0, 1, hour)).toISOString().replace('.000', ''),
}));

const workshop = new Workshop();
const groceries = writeGroceryFiles(groceryCsv(BUSY));
afterAll(async () => {
  await workshop.close();
  groceries.remove();
});

/** Replays with a folder of its own for temporary files. */
function replay(file: string, ...words: readonly string[]): { started: Started; folder: string } {
  const folder = mkdtempSync(path.join(workshop.folder, 'temporary-'));
  const env = { TMPDIR: folder };
  return { started: workshop.holdfast(['replay', file, ...words], { env }), folder };
}

/** What is printed, but for the time it took. */
function figuresOf(out: string): string {
  return out.replace(/^seconds.*$/m, '');
}

describe('a replay through a chain', () => {
  it(
    'says the same again for the same seed, and leaves nothing behind',
    async () => {
      const words = ['--stores', '2', '--days', '9', '--policies', 'adaptive,hub', '--seed', '3'];
      const runs = [];
      for (let run = 0; run < 2; run++) {
        const { started, folder } = replay(groceries.transactions, ...words);
        const { code, out, err } = await started.ended();
        expect({ code, left: readdirSync(folder) }).toEqual({ code: 0, left: [] });
        expect(err).toContain(`databases are in ${folder}`);
        runs.push(figuresOf(out));
      }
      expect(runs[0]).toBe(runs[1]);
      expect(runs[0]).toContain('adaptive: the books of all nodes agree');
    },
    SLOW_MS,
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind when it is stopped by %s',
    async (signal) => {
      const { started, folder } = replay(groceries.transactions, '--stores', '2');
      await started.heard('out', /^playing/m);
      started.child.kill(signal);
      const { code, err } = await started.ended();
      expect({ code, left: readdirSync(folder) }).toEqual({ code: 1, left: [] });
      expect(err).toContain('stopped in the middle of policy adaptive; nothing of it is left');
    },
    SLOW_MS,
  );
});

describe.skipIf(!existsSync(REAL))('the first days of the real file', () => {
  it(
    'are sold by five stores, and nothing is refused falsely but while a line is cut',
    async () => {
      const words = ['--stores', '5', '--days', '10', '--policies', 'adaptive,hub,shop'];
      const { started } = replay(REAL, ...words);
      const { code, out, err } = await started.ended();
      expect({ code, err }).toEqual({
        code: 0,
        err: expect.stringMatching(/^databases are in .+\n$/),
      });
      expect(out).toContain('fuel, which is not sold by the piece: 764 lines');
      expect(out).toContain('product that the product file lacks: 222 lines');
      expect(out).toContain('of the 5 busiest of 293 stores');
      expect(out).toMatch(/^refused, though there, connected: lines +0 +0 +0$/m);
      expect(out.match(/the books of all nodes agree/g)).toHaveLength(3);
    },
    SLOW_MS,
  );
});
