import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Address, Connection, readAddress } from '../../src/storage/postgres/connection.ts';
import { PostgresQueryStore } from '../../src/storage/postgres/queries.ts';
import type { Runner, Statement, Value } from '../../src/storage/postgres/statement.ts';
import { fillBigBook } from '../support/bigBook.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { planOf, Recorder } from '../support/postgresPlans.ts';

/** One row each, or one for each node. */
const MAY_SCAN = /Seq Scan on (log_head|node|links)\b/;

/** Rows that were found are put in order where they are few: those of one page or reference, or one for each node. */
const MAY_SORT: ReadonlySet<string> = new Set([
  'events_filtered',
  'events_of_level',
  'links',
  'mirrors_at',
  'reservations_by_reference_and_status',
]);

const FILL_MS_MAX = 60_000;

let database: PostgresDatabase;
let client: Client;
let recorder: Recorder;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  recorder = await recordReads(readAddress(database.url));
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the statements of the read side on PostgreSQL', () => {
  it('are all looked at', () => {
    expect(recorder.sent.size).toBeGreaterThan(30);
  });

  // A connection may keep a plan that it made then until the first statistics come, and the ledger grows meanwhile.
  it('find their rows by an index in a new database, of which the planner knows nothing', async () => {
    expect(await scans('generic')).toEqual([]);
    expect(await sorts('generic')).toEqual([]);
  });

  it('find their rows by an index in a large one', { timeout: FILL_MS_MAX }, async () => {
    await fillBigBook(client);
    expect(await scans('generic')).toEqual([]);
    expect(await sorts('generic')).toEqual([]);
    // Where the planner knows from the values that the rows are few, it may put them in order itself.
    expect(await scans('custom')).toEqual([]);
  });
});

describe('in a large database', () => {
  it('stock as of a position is the first entry of one index range', async () => {
    expect(await plan('level_at')).toMatch(
      /Limit\n\s+-> {2}Index Scan Backward using events_by_level/,
    );
  });

  it('a page of stock as of a position is one such look-up for each level', async () => {
    expect(await plan('levels_at_everywhere')).toMatch(
      /level_ids_sku_location_key on level_ids names\n.*\n\s+-> {2}Limit\n\s+-> {2}Index Scan Backward using events_by_level/,
    );
  });

  it.each(['statement', 'statement_newest_first'])(
    'a page of a %s is a stretch of one index range',
    async (name) => {
      expect(await plan(name)).toMatch(
        /using events_by_level on events\n\s+Index Cond: \(\(level = /,
      );
    },
  );

  it('a time is found in the index of times', async () => {
    expect(await plan('position_at')).toMatch(/Index Scan Backward using log_times_pkey/);
  });
});

/** Asks for everything that can be asked, once. */
async function recordReads(address: Address): Promise<Recorder> {
  const recorder = new Recorder();
  const connection = await Connection.open(address);
  const queries = new PostgresQueryStore(recording(connection, recorder));
  await askForStock(queries);
  await askForLists(queries);
  await askForNodes(queries);
  await queries.close();
  return recorder;
}

function recording(
  connection: Connection,
  recorder: Recorder,
): Runner & { close(): Promise<void> } {
  return {
    run: <Row>(wanted: Statement<Row>, values?: readonly Value[]) => {
      recorder.note(wanted, values);
      return connection.run(wanted, values);
    },
    close: () => connection.close(),
  };
}

async function askForStock(queries: PostgresQueryStore): Promise<void> {
  const [sku, location, limit] = ['sku-7', 'place-7', 100];
  await queries.head();
  await queries.positionAt(70_000);
  await queries.level(sku, location);
  await Promise.all([queries.level(sku, location), queries.level('sku-8', location)]);
  await queries.levelAt(sku, location, 70_000);
  for (const filter of [{}, { location }, { skus: [sku] }, { skus: [sku], location }]) {
    await queries.levels({ ...filter, limit });
    await queries.levels({ ...filter, limit, position: 70_000 });
  }
  await queries.statement({ sku, location, limit });
  await queries.statement({ sku, location, limit, newestFirst: true });
  await queries.holds({ sku, location, limit });
  await queries.events({ after: 7_000, limit });
  await queries.events({ after: 7_000, limit, sku });
  await queries.events({ after: 7_000, limit, sku, location });
  await queries.events({ after: 7_000, limit, location, orNotice: true });
}

async function askForLists(queries: PostgresQueryStore): Promise<void> {
  const [sku, location, limit] = ['sku-7', 'place-7', 100];
  const reference = 'order-reservation-7';
  await queries.reservation('reservation-7');
  for (const filter of [{}, { reference }]) {
    await queries.reservations({ ...filter, limit });
    await queries.reservations({ ...filter, limit, status: 'held' });
  }
  await queries.transfer('transfer-7');
  await queries.transfers({ limit });
  await queries.transfers({ limit, status: 'in_transit' });
  await queries.product(sku);
  await queries.products({ limit, query: 'name' });
  await queries.location(location);
  await queries.locations({ limit });
  for (const filter of [{}, { sku }, { location }, { sku, location }]) {
    await queries.demand({ ...filter, limit });
  }
}

async function askForNodes(queries: PostgresQueryStore): Promise<void> {
  const [sku, location, peer, limit] = ['sku-7', 'place-7', 'node-7', 100];
  await queries.links();
  await queries.link(peer);
  for (const filter of [{}, { skus: [sku] }, { location }, { peer }]) {
    await queries.shares({ ...filter, limit });
  }
  await queries.mirrored({ peer, after: 7_000, limit });
  await queries.mirroredAt({ peer, sku, location }, 70_000);
  await queries.mirrorsAt(70_000);
  await queries.mirrorsAt(70_000, [peer]);
  await queries.mirroredReservation('reservation-7');
}

function scans(kind: 'generic' | 'custom'): Promise<string[]> {
  return plansWhere(kind, (step) => /Seq Scan|Hash/.test(step) && !MAY_SCAN.test(step));
}

/** An incremental sort puts no more in order than one SKU's part of a page. */
function sorts(kind: 'generic' | 'custom'): Promise<string[]> {
  return plansWhere(
    kind,
    (step, name) => /(?<!Incremental )Sort(?! Key)/.test(step) && !MAY_SORT.has(name),
  );
}

/** Names of statements with a step of which `is` says so, each with its plan. */
async function plansWhere(
  kind: 'generic' | 'custom',
  is: (step: string, name: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const [name, sent] of recorder.sent) {
    const plan = await planOf(client, sent, kind);
    if (plan.split('\n').some((step) => is(step, name))) found.push(`${kind} ${name}:\n${plan}`);
  }
  return found;
}

async function plan(name: string): Promise<string> {
  const sent = recorder.sent.get(name);
  if (sent === undefined) throw new Error(`nothing named ${name} was sent`);
  return planOf(client, sent, 'generic');
}
