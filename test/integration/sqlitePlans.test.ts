import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../support/contractClock.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../support/contractSqlite.ts';

/** Statements that go through a table in its own order; each stops at its limit, or is meant to see everything. */
const MAY_SCAN = [
  /FROM log_times ORDER BY time DESC LIMIT 1/,
  /FROM idempotency_keys ORDER BY id LIMIT/,
  /SELECT count\(\*\)/,
  /FROM node$/,
  /FROM sqlite_schema/,
  /UPDATE node SET/,
  /FROM links ORDER BY/,
  /EXISTS \(SELECT 1 FROM shares WHERE available < 0\)/,
];

/** Reservations that share a reference are few, and have no order of their own. */
const MAY_SORT = [/FROM customer_data CROSS JOIN reservations .* AND status = \?/];

let database: SqliteDatabase;
let plans: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  database = await createSqliteDatabase({ node: 'leeds', clock: new ManualClock() });
  const statements = await statementsOf(database);
  plans = explain(database.path, statements);
});

afterAll(() => database.remove());

describe('the statements of the SQLite storage', () => {
  it('are all looked at', () => {
    expect(plans.size).toBeGreaterThan(50);
  });

  it('find their rows by an index', () => {
    const scanning = statementsWhere(/^SCAN (?!json_each|\d+-ROW|\d+ CONST)/, MAY_SCAN);
    expect(scanning).toEqual([]);
  });

  it('read rows in the order of an index', () => {
    expect(statementsWhere(/TEMP B-TREE/, MAY_SORT)).toEqual([]);
  });

  it('need no index that does not exist', () => {
    expect(statementsWhere(/AUTOMATIC/, [])).toEqual([]);
  });
});

// The plan depends on the schema alone: no statistics are kept, so it is the same at any size.
describe('stock as of a position', () => {
  const AS_OF = /events ON events\.level = names\.id .* ORDER BY events\.position DESC LIMIT 1$/;

  it('is the first entry of one index range, however long the history', () => {
    expect(planOf(AS_OF)).toEqual([
      'SEARCH names USING COVERING INDEX sqlite_autoindex_level_ids_1 (sku=? AND location=?)',
      'SEARCH events USING INDEX events_by_level (level=? AND rowid<?)',
    ]);
  });

  it('is one such look-up for each level of a page', () => {
    const page = /CROSS JOIN events .* ORDER BY names\.sku, names\.location/;
    expect(planOf(page)).toEqual([
      expect.stringMatching(/^SEARCH names USING COVERING INDEX .*\(\(sku,location\)>/),
      'SEARCH events USING INTEGER PRIMARY KEY (rowid=?)',
      'CORRELATED SCALAR SUBQUERY 1',
      'SEARCH earlier USING COVERING INDEX events_by_level (level=? AND rowid<?)',
    ]);
  });

  it('at a time begins with one look-up of the position', () => {
    expect(planOf(/WHERE time <= \?/)).toEqual([
      'SEARCH log_times USING INTEGER PRIMARY KEY (rowid<?)',
    ]);
  });
});

describe('a page of a statement', () => {
  it.each([/position > \? ORDER BY position LIMIT/, /position < \? ORDER BY position DESC LIMIT/])(
    'is a stretch of one index range: %s',
    (order) => {
      const plan = planOf(new RegExp(`WHERE level = .* ${order.source}`));
      expect(plan[0]).toMatch(
        /^SEARCH events USING INDEX events_by_level \(level=\? AND rowid[<>]/,
      );
    },
  );
});

/** Everything that the storage prepares from its opening to its closing. */
async function statementsOf({ open }: SqliteDatabase): Promise<readonly string[]> {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  const storage = await open();
  await storage.books.inspect((books) => books.counts());
  await storage.books.rebuild(async () => undefined);
  await storage.close();
  const statements = prepare.mock.calls.map(([sql]) => sql.trim().replaceAll(/\s+/g, ' '));
  prepare.mockRestore();
  return [...new Set(statements)].filter((sql) => /^(SELECT|INSERT|UPDATE|DELETE)/.test(sql));
}

function explain(path: string, statements: readonly string[]): Map<string, readonly string[]> {
  const db = new DatabaseSync(path, { readOnly: true });
  const planned = statements.map((sql): [string, string[]] => {
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    return [sql, steps.map(({ detail }) => String(detail))];
  });
  db.close();
  return new Map(planned);
}

function statementsWhere(step: RegExp, except: readonly RegExp[]): string[] {
  return [...plans]
    .filter(([sql, steps]) => steps.some((detail) => step.test(detail)) && !matchesAny(sql, except))
    .map(([sql]) => sql);
}

function matchesAny(sql: string, patterns: readonly RegExp[]): boolean {
  return patterns.some((pattern) => pattern.test(sql));
}

function planOf(pattern: RegExp): readonly string[] {
  const found = [...plans].find(([sql]) => pattern.test(sql));
  if (!found) throw new Error(`no statement matches ${pattern}`);
  return found[1];
}

describe('what peers own', () => {
  it('is looked for where units are owed in an index of nothing else', () => {
    expect(planOf(/EXISTS \(SELECT 1 FROM shares/)).toContain(
      'SCAN shares USING INDEX shares_owing',
    );
    expect(planOf(/WHERE sku = \? AND location = \? AND available < 0/)).toEqual([
      'SEARCH shares USING PRIMARY KEY (location=? AND sku=?)',
    ]);
  });

  it.each([
    [
      /sku, location, peer\) > \(:sku, :location, :peer\) ORDER BY/,
      /shares_by_level \(\(sku,location/,
    ],
    [/AND sku = :ofSku AND \(:ofPeer/, /shares_by_level \(sku=\?/],
    [/AND sku = :ofSku AND location = :at/, /PRIMARY KEY \(location=\? AND sku=\?/],
    [/:peer\)\s+AND location = :at/, /PRIMARY KEY \(location=\? AND sku>/],
    [
      /> \(:sku, :location, :peer\) AND peer = :ofPeer/,
      /shares_by_peer \(peer=\? AND \(sku,location\)>/,
    ],
  ])('comes in the order of an index: %s', (statement, step) => {
    expect(planOf(statement)).toEqual([expect.stringMatching(step)]);
  });
});

describe("entries of peers' logs", () => {
  it.each([
    [
      /position > \? AND state = 'applied' ORDER BY position LIMIT/,
      'mirror_by_position (peer=? AND position>?)',
    ],
    [
      /WHERE sku = \? AND location = \? AND peer = \?/,
      'mirror_by_level (location=? AND sku=? AND peer=? AND applied_at<?)',
    ],
    [/WHERE peer = \? AND applied_at <= \?/, 'PRIMARY KEY (peer=? AND applied_at<?)'],
    [
      /WHERE reservation_id = \? AND state = 'applied' ORDER BY/,
      'mirror_by_reservation (reservation_id=?)',
    ],
    [
      /AS "appliedAt", state, entry FROM mirror/,
      'PRIMARY KEY ((peer,applied_at,position)>(?,?,?))',
    ],
  ])('are found by one index range: %s', (statement, index) => {
    expect(planOf(statement)).toEqual([expect.stringContaining(index)]);
  });
});
