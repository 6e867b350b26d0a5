import { beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables, type Tables } from '../../simulator/memoryStorage/tables.ts';
import { isMovement, type LoggedEvent, type Movement } from '../../src/domain/events.ts';
import { emptyLevel, levelKey } from '../../src/domain/stock.ts';
import { FINDINGS_KEPT_MAX, type FindingCode } from '../../src/ledger/findings.ts';
import { rebuildBooks, UnsoundLogError } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { fillBusyBook } from '../support/contractBook.ts';
import { ManualClock } from '../support/contractClock.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';

const AX = levelKey('A', 'x');

let tables: Tables;
let storage: Storage;

beforeEach(async () => {
  tables = emptyTables('leeds');
  storage = openMemoryStorage({ tables, clock: new ManualClock() });
  await fillBusyBook(storage.ledger);
});

type Damage = readonly [title: string, damage: () => void, codes: readonly FindingCode[]];

/** Damage to the log: rows may follow it into error, so these are the findings that must be among all. */
const LOG_DAMAGE: readonly Damage[] = [
  [
    'a balance',
    () => changeMovement({ balances: { available: 1, reserved: 1, committed: 0, unavailable: 0 } }),
    ['balances_differ'],
  ],
  ['a quantity', () => changeMovement({ quantity: 2_000 }), ['balances_differ']],
  ['an account', () => changeMovement({ from: 'unavailable' }), ['movement_impossible']],
  ['the level', () => changeMovement({ sku: 'B' }), ['version_gap']],
  ['a version', () => changeMovement({ version: 77 }), ['version_gap']],
  ['a time, to earlier', () => changeMovement({ time: 1 }), ['time_backward']],
  ['a time, to later', () => changeMovement({ time: Number.MAX_SAFE_INTEGER }), ['time_backward']],
  ['a position', () => changeMovement({ position: 14.5 }), ['position_gap']],
  [
    'the reservation',
    () => changeEvent('fulfil', { reservationId: 'nobody' }),
    ['history_impossible', 'reservation_differs'],
  ],
  [
    'the end of a hold',
    () => changeEvent('extend', { details: { after: { expiresAt: 5 } } }),
    ['reservation_differs'],
  ],
  ['a product', () => changeEvent('product_changed', { sku: 'B' }), ['product_differs']],
  ['a kind of event', () => changeEvent('return', { type: 'receive' }), ['movement_impossible']],
  [
    'a kind of event to none',
    () => changeEvent('return', { type: 'gift' as 'return' }),
    ['movement_impossible'],
  ],
  [
    'a transfer',
    () => changeEvent('arrive', { details: { transferId: 'none' } }),
    ['history_impossible', 'transfer_differs', 'transit_differs'],
  ],
  ['an account on the way', () => changeEvent('arrive', { from: 'supplier' }), ['transit_differs']],
];

const ROW_DAMAGE: readonly Damage[] = [
  [
    'the balance of a level',
    () => change(tables.levels, AX, { available: 1 }),
    ['level_differs', 'units_not_conserved'],
  ],
  [
    'a balance against another',
    () => change(tables.levels, AX, { available: -1, unavailable: stockOf(AX) + 1 }),
    ['level_differs'],
  ],
  ['the version of a level', () => change(tables.levels, AX, { version: 1 }), ['level_differs']],
  ['the time of a level', () => change(tables.levels, AX, { updatedAt: 1 }), ['level_differs']],
  [
    'the quantity of a hold',
    () => change(holdsOf('A', 'x'), 'held', { quantity: 1 }),
    ['hold_differs'],
  ],
  [
    'the end of a hold',
    () => change(holdsOf('A', 'x'), 'held', { expiresAt: 1 }),
    ['hold_differs'],
  ],
  [
    'the status of an open reservation',
    () => change(tables.reservations, 'held', { status: 'expired' }),
    ['reservation_differs'],
  ],
  [
    'the lines of an open reservation',
    () => change(tables.reservations, 'confirmed', { lines: [] }),
    ['reservation_differs'],
  ],
  [
    'the time of an open reservation',
    () => change(tables.reservations, 'held', { updatedAt: 1 }),
    ['reservation_differs'],
  ],
  [
    'the status of an ended reservation',
    () => change(tables.reservations, 'fulfilled', { status: 'cancelled' }),
    ['reservation_differs'],
  ],
  [
    'the maker of an ended reservation',
    () => change(tables.reservations, 'fulfilled', { createdBy: 'eve' }),
    ['reservation_differs'],
  ],
  [
    'the time of an ended reservation, to earlier',
    () => change(tables.reservations, 'fulfilled', { updatedAt: 1 }),
    ['reservation_differs'],
  ],
  [
    'the time of an ended reservation, to later',
    () => change(tables.reservations, 'fulfilled', { updatedAt: Number.MAX_SAFE_INTEGER }),
    ['reservation_differs'],
  ],
  [
    'the time of a redaction',
    () => change(tables.reservations, 'cancelled', { updatedAt: 1 }),
    ['reservation_differs'],
  ],
  [
    'what was redacted',
    () => change(tables.reservations, 'cancelled', { reference: 'Ann' }),
    ['reservation_differs'],
  ],
  ['an open transfer', () => change(tables.transfers, 'part', { to: 'z' }), ['transfer_differs']],
  [
    'an ended transfer',
    () => change(tables.transfers, 'whole', { reference: null }),
    ['transfer_differs'],
  ],
  ['a product', () => change(tables.products, 'A', { name: 'other' }), ['product_differs']],
  ['a location', () => change(tables.locations, 'x', { kind: 'venue' }), ['location_differs']],
  ['the head of the log', () => Object.assign(tables.head, { position: 3 }), ['head_differs']],
];

const LOST_ROWS: readonly Damage[] = [
  ['a level', () => tables.levels.delete(AX), ['level_differs', 'units_not_conserved']],
  ['a hold', () => holdsOf('A', 'x').delete('held'), ['hold_differs']],
  ['an open reservation', () => tables.reservations.delete('held'), ['reservation_differs']],
  ['an ended reservation', () => tables.reservations.delete('part'), ['reservation_differs']],
  [
    'a redacted reservation',
    () => tables.reservations.delete('cancelled'),
    ['reservation_differs'],
  ],
  ['an open transfer', () => tables.transfers.delete('part'), ['transfer_differs']],
  ['an ended transfer', () => tables.transfers.delete('whole'), ['transfer_differs']],
  ['a product', () => tables.products.delete('A'), ['product_differs']],
  ['a location', () => tables.locations.delete('x'), ['location_differs']],
];

const ADDED_ROWS: readonly Damage[] = [
  [
    'a level',
    () => tables.levels.set('new', { ...emptyLevel('N', 'x'), version: 1, updatedAt: 1 }),
    ['row_unexplained'],
  ],
  [
    'a hold',
    () => holdsOf('A', 'x').set('new', { reservationId: 'new', quantity: 1, expiresAt: 9 }),
    ['hold_differs', 'row_unexplained'],
  ],
  [
    'a hold of a level that has none',
    () =>
      tables.holds.set(
        'new',
        new Map([['new', { reservationId: 'new', quantity: 1, expiresAt: 9 }]]),
      ),
    ['row_unexplained'],
  ],
  ['a reservation', () => copy(tables.reservations, 'held'), ['row_unexplained']],
  ['a transfer', () => copy(tables.transfers, 'part'), ['row_unexplained']],
  ['a product', () => copy(tables.products, 'A'), ['row_unexplained']],
  [
    'a product that was deleted',
    () =>
      tables.products.set('C', {
        sku: 'C',
        name: 'C',
        description: null,
        category: null,
        attributes: null,
      }),
    ['row_unexplained'],
  ],
  ['a location', () => copy(tables.locations, 'x'), ['row_unexplained']],
];

describe('verify', () => {
  it('finds nothing in a sound book', async () => {
    const report = await verifyBooks(storage.books);
    expect(report).toMatchObject({ findings: [], findingCount: 0, events: tables.events.length });
    const { outside, onHand } = report;
    expect(outside.supplier + outside.customer + outside.shrinkage + outside.transit).toBe(-onHand);
    expect(outside.transit).toBe(5n);
  });

  it('finds nothing in a book that was all written at one moment', async () => {
    const still = openMemoryStorage({ tables: emptyTables('york'), clock: new ManualClock() });
    await fillBusyBook(still.ledger, true);
    expect(await verifyBooks(still.books)).toMatchObject({ findings: [], findingCount: 0 });
  });

  it.each(LOG_DAMAGE)('finds that %s was changed in the log', async (_title, damage, codes) => {
    damage();
    expect(await codesFound()).toEqual(expect.arrayContaining([...codes]));
  });

  it('finds every event that was dropped from the log', async () => {
    const whole = [...tables.events];
    for (const index of whole.keys()) {
      tables.events = whole.toSpliced(index, 1);
      const last = index === whole.length - 1;
      expect(await codesFound()).toContain(last ? 'head_differs' : 'position_gap');
    }
  });

  it('finds an event that was doubled', async () => {
    tables.events = tables.events.toSpliced(20, 0, eventAt(20));
    expect(await codesFound()).toContain('position_gap');
  });

  it('finds an event that nobody committed', async () => {
    const last = eventAt(tables.events.length - 1);
    tables.events.push({ ...last, position: last.position + 1 });
    expect(await codesFound()).toContain('head_differs');
  });

  it.each(ROW_DAMAGE)('finds that %s was changed', async (_title, damage, codes) => {
    damage();
    expect(await codesFound()).toEqual([...codes]);
  });

  it.each(LOST_ROWS)('finds that %s is gone', async (_title, damage, codes) => {
    damage();
    expect(await codesFound()).toEqual(expect.arrayContaining([...codes]));
  });

  it.each(ADDED_ROWS)('finds %s that the log does not explain', async (_title, damage, codes) => {
    damage();
    expect(await codesFound()).toEqual([...codes]);
  });

  it('tells where, what, and both values', async () => {
    const before = tables.levels.get(AX);
    change(tables.levels, AX, { available: 1 });
    const newest = tables.events.findLast(
      (event) => isMovement(event) && event.sku === 'A' && event.location === 'x',
    );
    const { findings } = await verifyBooks(storage.books);
    expect(findings).toContainEqual({
      code: 'level_differs',
      position: newest?.position,
      subject: 'level "A" at "x"',
      expected: `available ${before?.available}`,
      found: 'available 1',
    });
  });

  it('counts all findings and keeps the first', async () => {
    const names = Array.from({ length: FINDINGS_KEPT_MAX + 20 }, (_, index) => `sku-${index}`);
    await feed(
      storage.ledger,
      names.map((sku) => product(sku)),
    );
    for (const sku of names) tables.products.delete(sku);
    const report = await verifyBooks(storage.books);
    expect(report.findingCount).toBe(FINDINGS_KEPT_MAX + 20);
    expect(report.findings).toHaveLength(FINDINGS_KEPT_MAX);
  });

  it('names one fault in the log once or twice, not in every event after it', async () => {
    for (let round = 0; round < 50; round++) {
      await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
    }
    changeMovement({ balances: { available: 3, reserved: 0, committed: 0, unavailable: 0 } });
    const { findingCount } = await verifyBooks(storage.books);
    expect(findingCount).toBe(2);
  });

  it('goes through a log of many pages and says how far it is', async () => {
    const skus = Array.from({ length: 1_500 }, (_, index) => `sku-${index}`);
    await feed(
      storage.ledger,
      skus.map((sku) => product(sku)),
    );
    await feed(
      storage.ledger,
      skus.map((sku) => move('receive', sku, 'x', 3)),
    );
    await feed(storage.ledger, [reserve('large', ...skus.map((sku) => line(sku, 'x', 2)))]);
    await feed(storage.ledger, [{ type: 'cancel', reservationId: 'large' }]);
    const told: number[] = [];
    const total = tables.events.length;
    const report = await verifyBooks(storage.books, (done, all) => {
      expect(all).toBe(total);
      told.push(done);
    });
    expect(report).toMatchObject({ findings: [], events: total });
    expect(told).toEqual([...told].sort((one, other) => one - other));
    expect(told.length).toBeGreaterThan(5);
    expect(told.at(-1)).toBe(total);
  });
});

describe('rebuild', () => {
  it.each([...ROW_DAMAGE.filter(([title]) => !UNMENDED.has(title)), ...LOST_ROWS, ...ADDED_ROWS])(
    'mends %s',
    async (_title, damage) => {
      damage();
      await rebuildBooks(storage.books);
      expect(await verifyBooks(storage.books)).toMatchObject({ findings: [] });
    },
  );

  it('refuses a log that contradicts itself, and leaves the rows as they stand', async () => {
    changeMovement({ quantity: 2_000 });
    const rows = new Map(tables.levels);
    const rebuilding = rebuildBooks(storage.books);
    await expect(rebuilding).rejects.toBeInstanceOf(UnsoundLogError);
    await expect(rebuilding).rejects.toThrow(/in 1 place.*position \d+: balances_differ/);
    expect(tables.levels).toEqual(rows);
  });

  it('says how far it is', async () => {
    const told: (readonly [number, number])[] = [];
    await rebuildBooks(storage.books, (done, total) => told.push([done, total]));
    expect(told.at(-1)).toEqual([tables.events.length, tables.events.length]);
  });

  it('works on a shop that was only just opened', async () => {
    const fresh = openMemoryStorage({ tables: emptyTables('york'), clock: new ManualClock() });
    expect(await rebuildBooks(fresh.books)).toMatchObject({ events: 0, levels: 0 });
    await feed(fresh.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 3)]);
    expect(await rebuildBooks(fresh.books)).toMatchObject({ events: 3, levels: 1 });
  });
});

/** What a rebuild leaves alone: the head of the log, and what the log does not hold. */
const UNMENDED = new Set(['the head of the log', 'what was redacted']);

async function codesFound(): Promise<FindingCode[]> {
  const { findings } = await verifyBooks(storage.books);
  return [...new Set(findings.map(({ code }) => code))].sort();
}

function eventAt(index: number): LoggedEvent {
  const event = tables.events[index];
  if (event === undefined) throw new Error(`the log has no event ${index}`);
  return event;
}

/** Changes the third movement of A at x. */
function changeMovement(patch: Partial<Movement & LoggedEvent>): void {
  const index = tables.events.findIndex(
    (event) =>
      isMovement(event) && event.sku === 'A' && event.location === 'x' && event.version === 3,
  );
  tables.events[index] = { ...eventAt(index), ...patch } as LoggedEvent;
}

/** Changes the first event of a type. */
function changeEvent(type: LoggedEvent['type'], patch: Partial<Movement>): void {
  const index = tables.events.findIndex((event) => event.type === type);
  tables.events[index] = { ...eventAt(index), ...patch } as LoggedEvent;
}

function change<T>(table: Map<string, T>, key: string, patch: Partial<T>): void {
  const row = table.get(key);
  if (row === undefined) throw new Error(`there is no row ${key}`);
  table.set(key, { ...row, ...patch });
}

/** Units that may be in any account of the level but those that are promised. */
function stockOf(key: string): number {
  const level = tables.levels.get(key);
  if (level === undefined) throw new Error('the level is stocked');
  return level.available + level.unavailable;
}

function copy<T>(table: Map<string, T>, key: string): void {
  const row = table.get(key);
  if (row === undefined) throw new Error(`there is no row ${key}`);
  table.set('copy', row);
}

function holdsOf(
  sku: string,
  location: string,
): Map<
  string,
  { readonly reservationId: string; readonly quantity: number; readonly expiresAt: number }
> {
  const holds = tables.holds.get(levelKey(sku, location));
  if (holds === undefined) throw new Error('the level has holds');
  return holds;
}
