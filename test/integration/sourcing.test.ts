import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command, Line, ReserveCommand } from '../../src/domain/commands.ts';
import { CANDIDATES_FIRST_MAX, CANDIDATES_MAX } from '../../src/domain/limits.ts';
import type { OpenLine, Sourcing } from '../../src/domain/sourcing/sourcing.ts';
import type { Answer } from '../../src/ledger/ledger.ts';
import { at, TestLedger } from '../support/testLedger.ts';

let book: TestLedger;

beforeEach(() => {
  book = new TestLedger();
});

afterEach(async () => {
  await book.close();
});

function place(name: string): Command {
  const content = { name, kind: 'store', attributes: null } as const;
  return { type: 'putLocation', location: name, content };
}

/** A product with so many units in each of the places, 0 for one that was stocked once. */
async function stock(sku: string, units: Readonly<Record<string, number>>): Promise<void> {
  const content = { name: sku, description: null, category: null, attributes: null };
  await book.ask({ type: 'putProduct', sku, content });
  for (const [location, quantity] of Object.entries(units)) {
    await book.ask(place(location));
    if (quantity > 0) await book.ask({ type: 'receive', sku, location, quantity });
  }
}

/** It has been there then, and is not any more. */
function soldOut(location: string): { readonly command: Command }[] {
  const unit = { sku: 'tea', location, quantity: 1 } as const;
  return [{ command: { type: 'receive', ...unit } }, { command: { type: 'sell', ...unit } }];
}

function open(
  lines: readonly OpenLine[],
  fields: Partial<Sourcing> = {},
  fixed: readonly Line[] = [],
): ReserveCommand {
  const sourcing = { strategy: 'most_stock', lines, ...fields } as const;
  const rest = { ttlSeconds: 60, reference: null, metadata: null };
  return { type: 'reserve', reservationId: book.newId(), lines: fixed, sourcing, ...rest };
}

function tea(quantity: number, from: OpenLine['from'] = 'any'): OpenLine {
  return { sku: 'tea', quantity, from };
}

/** Where the parts lie, or why not. */
function partsIn(answer: Answer): unknown {
  if (answer.kind !== 'done') return answer;
  const [item] = answer.items;
  if (item?.outcome.kind === 'refused') return item.outcome.refusal;
  if (item?.outcome.kind !== 'reservation') return answer;
  const { lines } = item.outcome.reservation;
  return Object.fromEntries(
    lines.map(({ sku, location, quantity }) => [`${sku}@${location}`, quantity]),
  );
}

async function parts(command: Command): Promise<unknown> {
  return partsIn(await book.submit([{ command }]));
}

describe('a line that leaves the location open', () => {
  test('is held where there is some, in parts if it has to be', async () => {
    await stock('tea', { a: 3, b: 5, c: 1 });
    expect(await parts(open([tea(4)]))).toEqual({ 'tea@b': 4 });
    expect(await parts(open([tea(4)]))).toEqual({ 'tea@a': 3, 'tea@b': 1 });
    expect(await parts(open([tea(1, ['a', 'b'])]))).toMatchObject({ code: 'insufficient_stock' });
    expect(await parts(open([tea(1)]))).toEqual({ 'tea@c': 1 });
  });

  test('is confirmed, handed over and cancelled as any other', async () => {
    await stock('tea', { a: 2, b: 2 });
    const command = open([tea(3)]);
    await parts(command);
    const { reservationId } = command;
    expect(await book.ask({ type: 'confirm', reservationId })).toBe('confirmed');
    const lines = [{ sku: 'tea', location: 'a', quantity: 2 }];
    expect(await book.ask({ type: 'fulfil', reservationId, lines })).toBe('confirmed');
    expect(await book.ask({ type: 'cancel', reservationId })).toBe('fulfilled');
    expect(await parts(open([tea(2)]))).toEqual({ 'tea@b': 2 });
  });

  test('takes units of holds that are due where nothing else is left', async () => {
    const slow = new TestLedger({ settings: { sweepIntervalMs: 1_000_000 } });
    await book.close();
    book = slow;
    await stock('tea', { a: 1, b: 1 });
    await parts({ ...open([tea(2)]), ttlSeconds: 1 });
    expect(await parts(open([tea(1)]))).toMatchObject({ code: 'insufficient_stock' });
    await book.time.advance(1_000);
    expect(await parts(open([tea(2)]))).toEqual({ 'tea@a': 1, 'tea@b': 1 });
  });

  test('sees in a batch what the commands before it have left', async () => {
    await stock('tea', { a: 2, b: 1 });
    const commands = [open([tea(2)]), open([tea(1)]), open([tea(1)])];
    const answer = await book.submit(commands.map((command) => ({ command })));
    expect(answer.kind === 'done' && answer.items.map(({ outcome }) => outcome.kind)).toEqual([
      'reservation',
      'reservation',
      'refused',
    ]);
  });

  test('undoes an atomic batch where it cannot be held', async () => {
    await stock('tea', { a: 2, b: 1 });
    const commands = [open([tea(2)]), open([tea(2)])];
    const answer = await book.submit(
      commands.map((command) => ({ command })),
      { atomic: true },
    );
    expect(answer).toMatchObject({ kind: 'refused', index: 1 });
    expect(await parts(open([tea(3)]))).toEqual({ 'tea@a': 2, 'tea@b': 1 });
  });

  test('is answered once under an idempotency key, refused or not', async () => {
    await stock('tea', { a: 1 });
    const key = { key: 'k', fingerprint: 'f' };
    const again = { key: 'l', fingerprint: 'f' };
    const first = open([tea(1)]);
    expect(partsIn(await book.submit([{ command: first }], { key }))).toEqual({ 'tea@a': 1 });
    await book.submit([{ command: open([tea(1)]) }], { key: again });
    await book.ask({ type: 'cancel', reservationId: first.reservationId });
    const repeated = await book.submit([{ command: open([tea(1)]) }], { key: again });
    expect(repeated).toMatchObject({ replayed: true });
    expect(partsIn(repeated)).toMatchObject({ code: 'insufficient_stock' });
  });

  test('counts demand that goes unserved at the first choice, once', async () => {
    await stock('tea', { a: 1, b: 3 });
    await parts(open([tea(6)]));
    const demand = await book.storage.queries.demand({ limit: 10 });
    expect(demand).toMatchObject([{ sku: 'tea', location: 'b', requests: 1, units: 2 }]);
    await stock('mug', {});
    await parts(open([{ sku: 'mug', quantity: 1, from: ['a', 'b'] }]));
    await parts(open([{ sku: 'mug', quantity: 1, from: 'any' }]));
    expect(await book.storage.queries.demand({ sku: 'mug', limit: 10 })).toMatchObject([
      { location: 'a', requests: 1, units: 1 },
    ]);
  });
});

describe('what comes between the look and the commit', () => {
  test('units that have moved to another place are found there', async () => {
    await stock('tea', { a: 1, b: 1 });
    await book.ask({ type: 'sell', sku: 'tea', location: 'b', quantity: 1 });
    const asked = parts(open([tea(1)]));
    // Both are decided when the places were looked at, and before the reservation is.
    const moved = [
      book.ask({ type: 'receive', sku: 'tea', location: 'b', quantity: 1 }),
      book.ask({ type: 'sell', sku: 'tea', location: 'a', quantity: 1 }),
    ];
    expect(await asked).toEqual({ 'tea@b': 1 });
    expect(await Promise.all(moved)).toEqual(['ok', 'ok']);
  });

  test('and so are units in a place that had none before', async () => {
    await stock('tea', { a: 1, new: 0 });
    const asked = parts(open([tea(1)]));
    const moved = [
      book.ask({ type: 'receive', sku: 'tea', location: 'new', quantity: 1 }),
      book.ask({ type: 'sell', sku: 'tea', location: 'a', quantity: 1 }),
    ];
    expect(await asked).toEqual({ 'tea@new': 1 });
    expect(await Promise.all(moved)).toEqual(['ok', 'ok']);
  });

  test('more places are looked at than those that are liked best', async () => {
    const many = Array.from({ length: 60 }, (_, index) => [`s${index}`, 1] as const);
    await stock('tea', Object.fromEntries(many));
    expect(await parts(open([tea(60)]))).toEqual(
      Object.fromEntries(many.map(([name]) => [`tea@${name}`, 1])),
    );
  });

  test('units in more places than are looked at are found where there is most', async () => {
    const nearly = Array.from({ length: CANDIDATES_MAX + 20 }, (_, i) => [`s${i}`, 0] as const);
    await stock('tea', Object.fromEntries(nearly));
    await book.submit(nearly.flatMap(([location]) => soldOut(location)));
    const asked = parts(open([tea(3)]));
    const moved = [
      book.ask({ type: 'receive', sku: 'tea', location: 's7', quantity: 1 }),
      book.ask({ type: 'receive', sku: 'tea', location: `s${CANDIDATES_MAX + 19}`, quantity: 2 }),
    ];
    expect(await asked).toEqual({ 'tea@s7': 1, [`tea@s${CANDIDATES_MAX + 19}`]: 2 });
    expect(await Promise.all(moved)).toEqual(['ok', 'ok']);
  });

  test('and where one order would have to come from too many, it is refused and says so', async () => {
    const many = Array.from({ length: CANDIDATES_MAX + 20 }, (_, i) => [`s${i}`, 1] as const);
    await stock('tea', { ...Object.fromEntries(many), s9: 3 });
    expect(await parts(open([tea(CANDIDATES_MAX + 3)]))).toMatchObject({
      code: 'insufficient_stock',
      shortages: [{ available: CANDIDATES_MAX + 2, notLookedAt: { locations: 20, units: 20 } }],
    });
    const all = await parts(open([tea(CANDIDATES_MAX + 2)]));
    expect(all).toMatchObject({ 'tea@s9': 3 });
  });

  test('a refusal looks at few of the places where nothing is left', async () => {
    const many = Array.from({ length: 300 }, (_, i) => [`s${i}`, 0] as const);
    await stock('tea', Object.fromEntries(many));
    await book.submit(many.flatMap(([location]) => soldOut(location)));
    const loaded: number[] = [];
    const { ledger } = book.storage;
    const commit = ledger.commit.bind(ledger);
    ledger.commit = (needs, decide) => {
      loaded.push(needs.levels.size);
      return commit(needs, decide);
    };
    expect(await parts(open([tea(1)]))).toMatchObject({ code: 'insufficient_stock' });
    expect(loaded).toEqual([CANDIDATES_FIRST_MAX]);
    expect(await book.storage.queries.demand({ limit: 10 })).toMatchObject([{ units: 1 }]);
  });

  test('without a look beforehand the first commit finds them', async () => {
    const fixed = [at('tea', 1)];
    await book.stock(1, 'tea');
    await stock('tea', { a: 2 });
    const { candidates: _, ...line } = { ...tea(2), candidates: [] };
    const blind = { ...line, candidates: [] };
    expect(await parts(open([blind], {}, fixed))).toEqual({ 'tea@north': 1, 'tea@a': 2 });
  });
});
