import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { dumpText, restoreText } from '../support/carry.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { decideOn } from '../support/contractFeed.ts';
import { carry, openShop, shopLink } from '../support/contractLinks.ts';
import { line, move, product, reserve } from '../support/contractRows.ts';
import { seededRandom } from '../support/virtualTime.ts';

let lines: readonly string[];

beforeAll(async () => {
  const storage = memory();
  const { ledger } = storage;
  await fillBusyBook(ledger);
  // Names may hold what other readers of lines take for their end.
  await decideOn(ledger, [product('P', 'a\u2028b\u0085c d')]);
  for (const key of ['k1', 'k2']) {
    await decideOn(ledger, [move('sell', 'A', 'x', 1)], { key: { key, fingerprint: key } });
  }
  for (const sku of ['A', 'B']) await decideOn(ledger, [reserve('r', line(sku, 'x', 9_999))]);
  for (const [peer, location] of [
    ['shop-x', 'x'],
    ['shop-y', 'y'],
  ] as const) {
    await decideOn(ledger, [{ type: 'addLink', link: shopLink(peer, location) }]);
    const shop = await openShop(peer, location);
    await carry(storage, shop);
    await decideOn(shop.ledger, [move('receive', 'A', location, 5), product(`of ${peer}`)]);
    await carry(shop, storage);
  }
  lines = (await dumpText(storage)).split('\n').slice(0, -1);
});

function memory(): Storage {
  return openMemoryStorage({ tables: emptyTables('leeds'), clock: new ManualClock() });
}

/** Restores the lines and says what was wrong with them. @throws when nothing was, or when anything was left behind */
async function faultOf(damaged: readonly string[]): Promise<string> {
  const storage = memory();
  const fault = await restoreText(storage, `${damaged.join('\n')}\n`).then(
    () => 'none',
    (error: Error) => error.message,
  );
  if (fault === 'none') throw new Error('it was restored');
  expect(await storage.archive.frozen()).toBeNull();
  expect(await storage.queries.head()).toEqual({ position: 0, time: 0 });
  return fault;
}

function indexOf(kind: string, nth = 0): number {
  const all = lines.flatMap((text, index) => (text.startsWith(`{"${kind}"`) ? [index] : []));
  const index = all.at(nth);
  if (index === undefined) throw new Error(`there is a ${kind}`);
  return index;
}

const KINDS = ['event', 'customerData', 'key', 'demand', 'link', 'mirror'] as const;

/** Another content with a digest that is right for it. */
function sealed(content: readonly string[], change: object = {}): string[] {
  const { trailer } = JSON.parse(lines.at(-1) ?? '');
  const sha256 = createHash('sha256')
    .update(`${content.join('\n')}\n`)
    .digest('hex');
  return [...content, JSON.stringify({ trailer: { ...trailer, ...change, sha256 } })];
}

describe('a dump', () => {
  it.each([1, 7, 64, 100_000])('is read in pieces of %i bytes', async (bytes) => {
    const storage = memory();
    await restoreText(storage, `${lines.join('\n')}\n`, bytes);
    expect((await dumpText(storage)).split('\n').slice(0, -1)).toEqual(lines);
  });

  it('may lack the line feed at its very end', async () => {
    await restoreText(memory(), lines.join('\n'));
  });

  it('of format 1, which knew no links, can be read', async () => {
    const older = lines
      .slice(0, -1)
      .filter((text) => !/^\{"(link|mirror)"/.test(text))
      .with(0, lines[0]?.replace('"version":2', '"version":1') ?? '');
    const storage = memory();
    const unknown = { links: undefined, mirror: undefined };
    await restoreText(storage, `${sealed(older, unknown).join('\n')}\n`);
    expect(await storage.queries.links()).toEqual([]);
    expect(await storage.queries.product('P')).toBeDefined();
  });

  it.each(KINDS)('in which a line is missing, twice or moved is refused: %s', async (kind) => {
    const at = indexOf(kind, 1);
    const here = lines[at] ?? '';
    expect(await faultOf(lines.toSpliced(at, 1))).toMatch(/not in its place|as many rows/);
    expect(await faultOf(lines.toSpliced(at, 0, here))).toMatch(/not in its place/);
    expect(await faultOf(lines.toSpliced(at, 1).toSpliced(at - 1, 0, here))).toMatch(
      /not in its place/,
    );
  });

  it('that is cut off anywhere is refused', async () => {
    const whole = lines.join('\n');
    const { fraction } = seededRandom(7);
    const cuts = Array.from({ length: 60 }, () => Math.floor(fraction() * (whole.length - 1)));
    for (const cut of cuts) {
      expect(await faultOf([whole.slice(0, cut)])).toMatch(/cut off|is not|it is empty|first line/);
    }
    for (let end = 1; end < lines.length; end += 9) {
      expect(await faultOf(lines.slice(0, end))).toContain('it was cut off');
    }
  });

  it('with any byte changed is refused', async () => {
    const whole = lines.join('\n');
    const { fraction } = seededRandom(11);
    for (let flips = 0; flips < 150; flips++) {
      const at = Math.floor(fraction() * whole.length);
      const other = whole[at] === '7' ? '8' : '7';
      const damaged = whole.slice(0, at) + other + whole.slice(at + 1);
      await faultOf([damaged]);
    }
  });

  it.each([
    ['of a newer program', { version: 3, more: 1 }, /format 3, and this version.* formats up to 2/],
    ['of something else', { format: 'pg_dump' }, /first line is not that of a dump/],
  ])('%s is refused', async (_what, change, message) => {
    const { header } = JSON.parse(lines[0] ?? '');
    const changed = JSON.stringify({ header: { ...header, ...change } });
    expect(await faultOf(lines.with(0, changed))).toMatch(message);
  });

  it.each([
    ['nothing', [], /it is empty|first line/],
    ['a text', ['hello'], /first line/],
    ['CSV', ['sku,name', 'A,Apple'], /first line/],
  ])('is not %s', async (_what, content, message) => {
    expect(await faultOf(content)).toMatch(message);
  });

  it('ends with its trailer', async () => {
    expect(await faultOf([...lines, lines[5] ?? ''])).toContain('something follows its last line');
    expect(await faultOf([...lines, ...lines])).toContain('something follows its last line');
    expect(await faultOf([...lines.slice(0, 3), ...lines])).toMatch(/line 4 is not one of a dump/);
  });

  it('whose rows are not of the kind that they say is refused, sealed or not', async () => {
    const at = indexOf('event', 3);
    for (const change of [
      { position: '4' },
      { type: 'teleport' },
      { quantity: 1.5 },
      { quantity: -1 },
      { time: 1e300 },
      { extra: 1 },
      { details: [] },
    ]) {
      const { event } = JSON.parse(lines[at] ?? '');
      const changed = JSON.stringify({ event: { ...event, ...change } });
      const damaged = sealed(lines.with(at, changed).slice(0, -1));
      expect(await faultOf(damaged)).toMatch(`line ${at + 1} is not one of a dump`);
    }
  });

  it('whose log contradicts itself is refused, however well it is sealed', async () => {
    const at = lines.findIndex((text) => text.includes('"type":"sell"'));
    const { event } = JSON.parse(lines[at] ?? '');
    const balances = { ...event.balances, available: event.balances.available + 1 };
    const changed = JSON.stringify({ event: { ...event, balances } });
    const damaged = sealed(lines.with(at, changed).slice(0, -1));
    expect(await faultOf(damaged)).toContain('the log contradicts itself');
  });

  it('whose last line counts otherwise is refused', async () => {
    const content = lines.slice(0, -1);
    expect(await faultOf(sealed(content, { keys: 3 }))).toContain('not as many rows');
    expect(await faultOf(sealed(content, { position: 1 }))).toContain('ends at position 1');
    expect(await faultOf(sealed(content, { time: 1 }))).toContain('before the time of its last');
  });

  it('never quotes what it holds', async () => {
    const at = indexOf('customerData');
    const secret = JSON.stringify({ customerData: { reservationId: 'x', reference: 'Ann Smith' } });
    expect(await faultOf(lines.with(at, secret))).not.toContain('Ann');
  });
});
