import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExitCode } from '../../src/cli/exitCodes.ts';
import { runProgram } from '../../src/cli/program.ts';
import { deliveriesOf } from '../../src/cli/replay/chain/deliveries.ts';
import { Draws } from '../../src/cli/replay/chain/draws.ts';
import type { Tools } from '../../src/cli/tools.ts';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import {
  type GroceryFiles,
  type GroceryLine,
  groceryCsv,
  writeGroceryFiles,
} from '../support/groceryFile.ts';

let files: GroceryFiles | undefined;
afterEach(() => {
  files?.remove();
  files = undefined;
});

interface Result {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

type Opened = (storage: Storage) => Storage;

/** Runs the command on databases in files. */
function run(...words: readonly string[]): Promise<Result> {
  return runOn((storage) => storage, words);
}

async function runOn(opened: Opened, words: readonly string[]): Promise<Result> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const machine = createRuntime();
  let said: ExitCode = 0;
  const notHere = () => Promise.reject(new Error('not here'));
  const tools: Tools = {
    env: {},
    in: new PassThrough(),
    out,
    err,
    openStorage: async (config, options) =>
      opened(await openStorage({ config, machine, ...options })),
    openLedger() {
      throw new Error('not here');
    },
    resetDatabase: notHere,
    serve: notHere,
    eventJson: () => ({}),
    endWith(code) {
      said = code;
    },
  };
  const failed = await runProgram(tools, '0.0.0', words);
  out.end();
  err.end();
  return { code: failed ?? said, out: await text(out), err: await text(err) };
}

function replay(lines: readonly GroceryLine[], ...words: readonly string[]): Promise<Result> {
  files = writeGroceryFiles(groceryCsv(lines));
  return run('replay', files.transactions, ...words);
}

/** Rows of the table: label, and a figure for each policy. */
function tableOf(out: string): Map<string, readonly string[]> {
  const [, table = ''] = out.split('\n\n');
  const rows = table.split('\n').map((row) => row.trim().split(/ {2,}/));
  return new Map(rows.map(([label = '', ...figures]) => [label, figures]));
}

function figure(out: string, label: string): readonly number[] {
  const figures = tableOf(out).get(label) ?? [];
  return figures.map((text) => Number(text.replaceAll(',', '')));
}

/** Two lines a day in one store: on the first day, and on the second, when the policy has had time to move units. */
const TWO_DAYS: readonly GroceryLine[] = [
  { store: '7', basket: '1', product: 'tea', time: '2017-01-01T09:00:00Z' },
  { store: '7', basket: '2', product: 'milk', time: '2017-01-01T10:00:00Z' },
  { store: '7', basket: '3', product: 'tea', quantity: 2, time: '2017-01-02T09:00:00Z' },
  { store: '7', basket: '4', product: 'soap', time: '2017-01-02T10:00:00Z' },
];
const NOT_THERE = 'refused, not there: lines';
const CONNECTED = 'refused, though there, connected: lines';
const CUT_OFF = 'refused, though there, cut off: lines';

/** A seed with which no unit of these files is left out by a delivery. */
const PLENTY = ['--seed', '5'];
const ALL = ['--policies', 'adaptive,split,hub,shop'];
const ONE_STORE = ['--stores', '1', ...ALL, ...PLENTY];

describe('groceries in a chain whose lines are whole', () => {
  it('are all sold, whoever owns them and wherever they are bought', async () => {
    for (const online of ['0', '1', '0.5']) {
      const words = [...ONE_STORE, '--cut-minutes', '0', '--online', online];
      const { code, out, err } = await replay(TWO_DAYS, ...words);
      expect({ code, err }).toEqual({
        code: 0,
        err: expect.stringMatching(/^databases are in .+\n$/),
      });
      for (const label of [NOT_THERE, CONNECTED, CUT_OFF]) {
        expect({ label, lines: figure(out, label) }).toEqual({ label, lines: [0, 0, 0, 0] });
      }
      const inStores = figure(out, 'sold in the stores: units');
      const pickedUp = figure(out, 'picked up: units');
      expect(inStores.map((units, index) => units + (pickedUp[index] ?? 0))).toEqual([5, 5, 5, 5]);
      expect(out.match(/the books of all nodes agree/g)).toHaveLength(4);
      files?.remove();
    }
  });

  it('are asked of the other end where that owns them', async () => {
    const words = ['--stores', '1', '--policies', 'hub,shop', ...PLENTY, '--cut-minutes', '0'];
    const { out } = await replay(TWO_DAYS, ...words, '--online', '0');
    expect(figure(out, 'asked of the other end for a buyer: units')).toEqual([5, 0]);
  });
});

describe('groceries in a chain whose lines are cut all day', () => {
  const words = ['--stores', '1', '--policies', 'hub,shop', ...PLENTY, '--cut-minutes', '1440'];

  it('are refused in the store where the hub owns them', async () => {
    const { code, out } = await replay(TWO_DAYS, ...words, '--online', '0');
    // What came in on the first day could not be passed on before the second.
    expect({ code, lines: figure(out, CUT_OFF) }).toEqual({ code: 0, lines: [2, 0] });
    expect(figure(out, 'of these online')).toEqual([0, 0]);
    expect(figure(out, CONNECTED)).toEqual([0, 0]);
    expect(tableOf(out).get('part of all lines wanted')).toEqual(['50.00%', '0.00%']);
  });

  it('are refused online where the store owns them', async () => {
    const { code, out } = await replay(TWO_DAYS, ...words, '--online', '1');
    expect({ code, lines: figure(out, CUT_OFF) }).toEqual({ code: 0, lines: [2, 4] });
    expect(figure(out, 'of these online')).toEqual([2, 4]);
  });

  it('wait for the line when they were bought online a moment before it was cut', async () => {
    const lines: readonly GroceryLine[] = [
      ...TWO_DAYS.slice(0, 2),
      { store: '7', basket: '9', product: 'tea', time: '2017-01-02T09:00:00Z' },
    ];
    const { code, out } = await replay(lines, ...words, '--online', '1');
    expect(code).toBe(0);
    expect(figure(out, 'pick-ups that waited for the line')).toEqual([1, 0]);
    expect(figure(out, 'picked up: units')).toEqual(figure(out, 'sold online: units'));
  });
});

describe('what is not there', () => {
  const lines: readonly GroceryLine[] = [
    { store: '7', basket: '1', product: 'soap', time: '2017-01-01T09:00:00Z' },
  ];
  const basket = {
    id: '1',
    shop: '7',
    time: Date.parse('2017-01-01T09:00:00Z'),
    units: new Map([['soap', 1]]),
  };
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);
  const seedWith = (isShort: boolean) =>
    seeds.find((seed) => {
      const [delivery] = deliveriesOf([basket], new Draws(seed));
      return (delivery?.units.has('soap') === true) !== isShort;
    });

  it('is told from what is', async () => {
    for (const [isShort, notThere, cutOff] of [
      [true, 1, 0],
      [false, 0, 1],
    ] as const) {
      const words = ['--stores', '1', '--policies', 'shop', '--cut-minutes', '1440'];
      const seed = ['--online', '1', '--seed', `${seedWith(isShort)}`];
      const { out } = await replay(lines, ...words, ...seed);
      expect([figure(out, NOT_THERE), figure(out, CUT_OFF)]).toEqual([[notThere], [cutOff]]);
      files?.remove();
    }
  });
});

describe('a file of groceries', () => {
  const LINES: readonly GroceryLine[] = [
    { store: '8', basket: '2', product: 'milk', time: '2017-01-03T10:00:00Z' },
    { store: '7', basket: '1', product: 'tea', time: '2017-01-01T09:00:00Z' },
    { store: '7', basket: '1', product: 'milk', quantity: 3, time: '2017-01-01T09:00:00Z' },
    { store: '7', basket: '1', product: 'tea', time: '2017-01-01T09:00:00Z' },
    { store: '7', basket: '1', product: 'soap', quantity: 0, time: '2017-01-01T09:00:00Z' },
    { store: '7', basket: '1', product: 'unheard', time: '2017-01-01T09:00:00Z' },
    { store: '9', basket: '5', product: 'fuel', quantity: 9_512, time: '2017-01-01T09:00:00Z' },
    { store: '9', basket: '5', product: 'petrol', quantity: 1, time: '2017-01-01T09:00:00Z' },
  ];

  it('is sorted, and what is not sold by the piece is left out and counted', async () => {
    const { out } = await replay(LINES, '--stores', '2', '--policies', 'shop', ...PLENTY);
    expect(out).toContain('8 lines, of which are left out');
    expect(out).toContain('no quantity: 1 line\n');
    expect(out).toContain('product that the product file lacks: 1 line\n');
    expect(out).toContain('fuel, which is not sold by the piece: 2 lines\n');
    expect(out).toContain('playing 2 baskets of the 2 busiest of 3 stores');
    expect(figure(out, 'wanted: lines')).toEqual([3]);
    expect(figure(out, 'wanted: units')).toEqual([6]);
  });

  it('is played for as many days as are asked for', async () => {
    const { out } = await replay(LINES, '--stores', '2', '--policies', 'shop', '--days', '2');
    expect(out).toContain('playing 1 basket of');
  });

  it('may have days without a sale', async () => {
    const early = { store: '9', basket: '5', product: 'tea', time: '2016-12-01T09:00:00Z' };
    const { out } = await replay([early, ...LINES], '--stores', '1', '--days', '1');
    expect(out).toContain('playing 0 baskets of');
    expect(out).toContain('agree: 0 units came in, 0 were handed over, 0 are left');
  });

  it('is named with what is wrong in it', async () => {
    const good = groceryCsv(LINES.slice(0, 2));
    const faults: readonly (readonly [csv: string, said: string])[] = [
      [good.replace(',1,1.5,', ',1.5,1.5,'), 'line 2: quantity "1.5" is not a whole number'],
      [good.replace('T10:00:00Z', ' 10:00'), 'line 2: transaction_timestamp "2017-01-03 10:00"'],
      [good.replace('store_id', 'shop'), 'the heading has no column store_id'],
      [good.replace(',8,2,', ',,2,'), 'line 2: store_id ""'],
      [good.replace(',8,2,', ',8,1,'), 'line 3: basket "1" is of another store or time'],
    ];
    for (const [csv, said] of faults) {
      files = writeGroceryFiles(csv);
      const { code, err } = await run('replay', files.transactions, '--stores', '1');
      expect({ said, code, err }).toEqual({ said, code: 2, err: expect.stringContaining(said) });
      files.remove();
    }
  });

  it('must have as many stores as are asked for', async () => {
    const { code, err } = await replay(LINES, '--stores', '3');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('sales of 2 stores') });
  });
});

describe('the command line of a chain', () => {
  it('refuses flags that do not go together', async () => {
    const chain = await run('replay', 'x.csv', '--stores', '2', '--url', 'http://127.0.0.1:1');
    expect(chain).toMatchObject({ code: 2, err: expect.stringContaining("'--url <url>'") });
    const lone = await run('replay', 'x.csv', '--seed', '2');
    expect(lone).toMatchObject({ code: 2, err: 'holdfast: --seed needs --stores\n' });
    for (const policies of ['none', 'hub,', 'hub,hub']) {
      const { code, err } = await run('replay', 'x', '--stores', '1', '--policies', policies);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('adaptive, split') });
    }
  });

  it('asks for the products where they are not beside the file', async () => {
    files = writeGroceryFiles(groceryCsv(TWO_DAYS));
    const other = await run('replay', files.products, '--stores', '1');
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('--products') });
  });
});

/** The database of the node takes so many commits, and then none. */
function fullAfter(commits: number, node: string): Opened {
  return (storage) => {
    if (storage.node !== node) return storage;
    const { ledger } = storage;
    const commit = ledger.commit.bind(ledger);
    let left = commits;
    ledger.commit = (...given) => {
      left -= 1;
      return left < 0
        ? Promise.reject(new StoreUnavailableError('the disk is full'))
        : commit(...given);
    };
    return storage;
  };
}

describe('databases of a chain', () => {
  it('need a place for temporary files, where nobody asks to keep them', async () => {
    files = writeGroceryFiles(groceryCsv(TWO_DAYS));
    const missing = path.join(files.folder, 'none');
    for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, missing);
    const { code, err } = await run('replay', files.transactions, ...ONE_STORE);
    vi.unstubAllEnvs();
    const fault = `holdfast: cannot make a folder for temporary files in "${missing}": no such file`;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(fault) });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'that are full after %i commits end it, and are not waited for',
    async (commits) => {
      files = writeGroceryFiles(groceryCsv(TWO_DAYS));
      const words = ['replay', files.transactions, ...ONE_STORE];
      const { code, err } = await runOn(fullAfter(commits, 'shop-7'), words);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('the disk is full') });
    },
  );

  it('are kept where that is asked for, and nothing is written over', async () => {
    files = writeGroceryFiles(groceryCsv(TWO_DAYS));
    const kept = path.join(files.folder, 'kept');
    const words = ['replay', files.transactions, ...ONE_STORE, '--keep', kept];
    expect(await run(...words)).toMatchObject({ code: 0 });
    expect(readdirSync(kept).sort()).toEqual(['adaptive', 'hub', 'shop', 'split']);
    expect(existsSync(path.join(kept, 'shop', 'shop-7.db'))).toBe(true);
    const again = await run(...words);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('is not empty') });
    const inFile = await run(...words.slice(0, -1), files.products);
    const fault = `holdfast: --keep is "${files.products}", and cannot be a folder: file already`;
    expect(inFile).toMatchObject({ code: 2, err: expect.stringContaining(fault) });
  });
});
