import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliStage } from '../support/cliStage.ts';
import { type RetailLine, retailCsv, TRAPS, writeRetailFile } from '../support/retailFile.ts';

let stage: CliStage;
let remove: () => void = () => undefined;
beforeEach(() => {
  stage = new CliStage();
});
afterEach(() => {
  stage.close();
  remove();
});

function fileOf(lines: readonly RetailLine[]): string {
  const made = writeRetailFile(retailCsv(lines));
  remove = made.remove;
  return made.file;
}

/** The rows of the table: label, what the file says, what the ledger has. */
function tableOf(out: string): Map<string, [number, number]> {
  const rows = [...out.matchAll(/^(\S.*?) {2,}([\d,]+) +([\d,]+)( {2}<- differs)?$/gm)];
  const number = (text = '') => Number(text.replaceAll(',', ''));
  return new Map(rows.map(([, label = '', said, done]) => [label, [number(said), number(done)]]));
}

async function stockNow(): Promise<Record<string, number>> {
  const { out } = await stage.run('export', 'stock');
  const lines = out.trimEnd().split('\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => {
      const [sku = '', , onHand] = line.split(',');
      return [sku, Number(onHand)];
    }),
  );
}

const STOCK_AFTER = { '10001A': 0, '10001a': 0, '20002': 74_212, '30001': 1, '40004': 5 };

describe('a replay of the file with every trap', () => {
  it('books what the file says, and says so', async () => {
    const { code, out, err } = await stage.run('replay', fileOf(TRAPS));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(tableOf(out)).toEqual(
      new Map([
        ['lines in all', [21, 21]],
        ['invoices that sell (reservations)', [6, 6]],
        ['sold: lines', [10, 10]],
        ['sold: units', [74_248, 74_248]],
        ['returned: lines', [2, 2]],
        ['returned: units', [74_218, 74_218]],
        ['written off: lines', [2, 2]],
        ['written off: units', [7, 7]],
        ['found: lines', [2, 2]],
        ['found: units', [11, 11]],
        ['skipped, bad debt: lines', [1, 1]],
        ['skipped, discount: lines', [1, 1]],
        ['skipped, fees and charges: lines', [1, 1]],
        ['skipped, manual entry: lines', [1, 1]],
        ['skipped, postage and carriage: lines', [1, 1]],
        ['opening stock, invented: units', [74_244, 74_244]],
        ['units on hand at the end', [74_218, 74_218]],
        ['codes with another stock than the file makes', [0, 0]],
        ['commands refused', [0, 0]],
      ]),
    );
    expect(out).toContain('2 sale lines were added up');
    expect(out).toContain('1 of the lines found (2 units) are on invoices that also sell');
    expect(await stockNow()).toEqual(STOCK_AFTER);
    expect(await stage.run('verify')).toMatchObject({ code: 0 });
  });

  it('gives each invoice one reservation, dated by its last line', async () => {
    await stage.run('replay', fileOf(TRAPS));
    const events = await loggedEvents();
    const reserved = events.filter(({ type }) => type === 'reserve');
    expect(reserved.map(({ time, sku, quantity }) => [time, sku, quantity])).toEqual([
      ['2010-12-01T08:26:00.000Z', '10001A', 12],
      ['2010-12-01T08:26:00.000Z', '10001a', 4],
      ['2010-12-01T09:00:00.000Z', '20002', 1],
      ['2010-12-01T09:01:00.000Z', '20002', 7],
      ['2010-12-01T09:01:00.000Z', '30001', 2],
      ['2010-12-02T12:00:00.000Z', '40004', 4],
      ['2010-12-03T10:01:00.000Z', '20002', 74_215],
      ['2010-12-03T10:20:00.000Z', '20002', 3],
    ]);
  });

  it('says in the log that the opening stock is invented, and why the rest moved', async () => {
    await stage.run('replay', fileOf(TRAPS));
    const events = await loggedEvents();
    const reasons = events.filter(({ type }) => type === 'adjust').map(({ reason }) => reason);
    expect(reasons).toEqual([
      'written off: no reason given',
      'written off: wet, "damaged"',
      'found: found',
      'found: THING 20002',
    ]);
    const receipts = events.filter(({ type }) => type === 'receive');
    expect(receipts.every(({ reason }) => reason?.includes('invented'))).toBe(true);
    expect(new Set(receipts.map(({ time }) => time))).toEqual(
      new Set(['2010-12-01T00:00:00.000Z']),
    );
  });
});

describe('a replay that is repeated', () => {
  it('recognises the file and books nothing', async () => {
    const file = fileOf(TRAPS);
    await stage.run('replay', file);
    const before = await loggedEvents();
    const { code, out } = await stage.run('replay', file);
    expect(code).toBe(0);
    expect(out).toContain('was played at online-retail-warehouse before');
    expect(tableOf(out).get('sold: units')).toEqual([74_248, 74_248]);
    expect(await loggedEvents()).toEqual(before);
  });

  it('recognises it however it is packed', async () => {
    await stage.run('replay', fileOf(TRAPS));
    const { out } = await stage.run('replay', stage.file('plain.csv', retailCsv(TRAPS)));
    expect(out).toContain('was played at online-retail-warehouse before');
  });

  it('goes on from wherever an earlier one stopped', async () => {
    const file = fileOf(TRAPS);
    for (let limit = 1; limit <= TRAPS.length; limit++) {
      const { code, out } = await stage.run('replay', file, '--limit', String(limit));
      expect({ limit, code, out: code === 0 ? '' : out }).toEqual({ limit, code: 0, out: '' });
    }
    expect(await stockNow()).toEqual(STOCK_AFTER);
    const whole = new CliStage();
    await whole.run('replay', file);
    const { out } = await whole.run('export', 'events');
    whole.close();
    const stripped = (text: string) => text.replaceAll(/"requestId":"[^"]*"/g, '');
    expect(stripped((await stage.run('export', 'events')).out)).toBe(stripped(out));
  });

  it('looks at a part of what was played without counting the rest as a difference', async () => {
    const file = fileOf(TRAPS);
    await stage.run('replay', file);
    const { code, out } = await stage.run('replay', file, '--limit', '5');
    expect(code).toBe(0);
    expect(out).toContain('nothing was left to do');
    expect(tableOf(out).has('units on hand at the end')).toBe(false);
  });

  it('stops at a date, and goes on after it', async () => {
    const file = fileOf(TRAPS);
    const first = await stage.run('replay', file, '--until', '2010-12-02');
    expect(tableOf(first.out).get('sold: units')).toEqual([26, 26]);
    const second = await stage.run('replay', file);
    expect(second.out).toContain('went on after');
    expect(await stockNow()).toEqual(STOCK_AFTER);
  });
});

describe('a replay refuses', () => {
  it('a log that has come further than the file begins', async () => {
    await stage.run('seed');
    const { code, err } = await stage.run('replay', fileOf(TRAPS));
    expect(code).toBe(2);
    expect(err).toContain('time in the log never runs backward');
    expect((await stage.run('export', 'locations')).out).not.toContain('online-retail');
  });

  it('to go on where the log has come further meanwhile, and books nothing', async () => {
    const file = fileOf(TRAPS);
    await stage.run('replay', file, '--limit', '18');
    const counts = stage.file('s.csv', 'sku,location,onHand\n20002,online-retail-warehouse,1\n');
    await stage.run('import', counts);
    const before = await loggedEvents();
    const { code, err } = await stage.run('replay', file);
    expect(code).toBe(2);
    expect(err).toContain('2010-12-03T10:13:00.000Z');
    expect(await loggedEvents()).toEqual(before);
  });

  it('a location of another file', async () => {
    await stage.run('replay', fileOf(TRAPS));
    remove();
    const { code, err } = await stage.run('replay', fileOf(TRAPS.slice(0, 5)));
    expect(code).toBe(2);
    expect(err).toContain('name another one with --location');
  });

  const line: RetailLine = { invoice: '1', code: '10001', quantity: 1, date: '2010-12-01 08:00' };
  const csv = retailCsv([line, line]);
  it.each([
    ['a quantity that is not whole', csv.replace(',1,2010', ',1.5,2010'), 'line 2: Quantity "1.5"'],
    ['a date in another form', csv.replace('2010-12-01', '1.12.2010'), 'line 2: InvoiceDate'],
    ['a price that is none', csv.replace('1.25', 'free'), 'line 2: UnitPrice "free"'],
    ['a missing column', csv.replace('Quantity', 'Count'), 'the heading has no column Quantity'],
    ['a line that is too short', `${csv}537,10001\n`, 'it has not as many fields'],
    ['what is packed under a wrong name', gzipSync(csv), ': '],
    ['no lines', retailCsv([]), 'there are no lines'],
    [
      'a line dated before the one above it',
      retailCsv([line, { ...line, date: '2010-11-30 08:00' }]),
      'line 3: dated before the line above it',
    ],
  ])('%s', async (_name, text, message) => {
    const { code, err } = await stage.run('replay', stage.file('bad.csv', text));
    expect(err).toContain(message);
    expect(err).toMatch(/^[^\p{Cc}]*\n$/u);
    expect(code).toBe(2);
    expect((await stage.run('export', 'events')).out).toBe('');
  });

  it('a file that breaks off in the middle', async () => {
    const packed = gzipSync(csv);
    const file = stage.file('half.csv.gz', packed.subarray(0, packed.length - 12));
    const { code, err } = await stage.run('replay', file);
    expect(err).toContain('unexpected end of file');
    expect(code).toBe(2);
  });

  it('a location whose name no ledger takes', async () => {
    const { code, err } = await stage.run('replay', stage.file('a.csv', csv), '--location', ' x');
    expect(err).toContain('It must not begin or end with a blank');
    expect(code).toBe(2);
  });

  it('what cannot be read twice', async () => {
    const { code, err } = await stage.run('replay', stage.folder);
    expect(err).toContain('it is not a file; it is read more than once');
    expect(code).toBe(2);
  });

  it('a file that is not there', async () => {
    const { code, err } = await stage.run('replay', 'nowhere.csv.gz');
    expect(err).toContain('nowhere.csv.gz');
    expect(code).toBe(2);
  });
});

interface EventLine {
  readonly type: string;
  readonly time: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly reason?: string;
}

async function loggedEvents(): Promise<EventLine[]> {
  const { out } = await stage.run('export', 'events');
  return out
    .trimEnd()
    .split('\n')
    .map((line): EventLine => JSON.parse(line));
}
