import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createRuntime } from '../../src/start/runtime.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import { ask, type Json, oneOf, stock } from '../support/api.ts';
import { decideOn } from '../support/contractFeed.ts';
import { line, move, product, shop } from '../support/contractRows.ts';
import { createTestDatabase } from '../support/postgres/testDatabase.ts';
import { type Ended, type Started, Workshop } from '../support/processes.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const workshop = new Workshop();
afterAll(() => workshop.close());

let files = 0;
function newFile(ending = 'ndjson'): string {
  files += 1;
  return path.join(workshop.folder, `dump-${files}.${ending}`);
}

function dump(database: string, ...words: readonly string[]): Promise<Ended> {
  return workshop.run(['dump', '--database', database, ...words]);
}

function restore(database: string, file: string): Promise<Ended> {
  return workshop.run(['restore', '--database', database, file]);
}

async function expectSound(database: string): Promise<void> {
  const verified = await workshop.run(['verify', '--database', database]);
  expect(verified).toMatchObject({ code: 0, err: '' });
}

async function withPostgres<T>(work: (database: string) => Promise<T>): Promise<T> {
  const { url, drop } = await createTestDatabase({ migrated: false });
  try {
    return await work(url);
  } finally {
    await drop();
  }
}

/** Fills a database with some days of trade; about 600 bytes of dump for each sale. */
async function fillLedger(database: string, sales: number): Promise<void> {
  const file = database.replace('sqlite:', '');
  const storage = await openSqliteStorage({ path: file, clock: createRuntime().clock });
  await decideOn(storage.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', sales)]);
  for (let sold = 0; sold < sales; sold += 500) {
    const some = Array.from({ length: Math.min(500, sales - sold) });
    await decideOn(
      storage.ledger,
      some.map(() => ({ ...move('sell', 'A', 'x', 1), reason: 'over the counter' })),
    );
  }
  await storage.close();
}

/** Everything that happens in a shop, over HTTP. @returns what can be said again with the same key */
async function trade(url: string): Promise<readonly { key: string; body: Json; path: string }[]> {
  await stock(url, 50, 'apple', 'pear', 'plum \u2028 \u{1F351}');
  const said: { key: string; body: Json; path: string }[] = [];
  const say = async (at: string, body: Json): Promise<Json> => {
    const key = `key ${said.length}`;
    said.push({ key, body, path: at });
    return (await ask(url, at, { body, headers: { 'idempotency-key': key } })).body;
  };
  const held = [];
  for (const sku of ['apple', 'pear', 'apple']) {
    const reference = `order of ${sku}`;
    const metadata = { note: 'a "quoted" \\ é', '10': 1, '9': 2 };
    const asked = { ...oneOf(sku), ttlSeconds: 86_400, reference, metadata };
    held.push(await say('/v1/reservations', asked));
  }
  await say(`/v1/reservations/${held[0]?.['id']}/confirm`, {});
  await say(`/v1/reservations/${held[0]?.['id']}/fulfil`, {});
  await say(`/v1/reservations/${held[1]?.['id']}/extend`, { ttlSeconds: 80_000 });
  await say('/v1/reservations', { lines: [{ sku: 'pear', location: 'north', quantity: 999 }] });
  await ask(url, '/v1/locations/south', { method: 'PUT', body: { name: 'S', kind: 'venue' } });
  const lines = [{ sku: 'apple', quantity: 3 }];
  await say('/v1/transfers', { from: 'north', to: 'south', lines, reference: 'van' });
  await ask(url, '/v1/stock?asOf=3');
  return said;
}

/** Whatever can be asked, with the answers as they come. */
async function answers(url: string): Promise<ReadonlyMap<string, string>> {
  const { body } = await ask(url, '/v1/reservations?limit=1000');
  const ids = (body['data'] as readonly Json[]).map(({ id }) => id);
  const { body: log } = await ask(url, '/v1/events?limit=1000');
  const events = log['data'] as readonly Json[];
  const past = events.flatMap(({ position, time }) => [position, time]);
  const paths = [
    ...['stock', 'reservations', 'transfers', 'products', 'locations', 'demand', 'events'].flatMap(
      (list) => [`/v1/${list}?limit=2`, `/v1/${list}?limit=1000`],
    ),
    ...ids.map((id) => `/v1/reservations/${id}`),
    ...past.map((at) => `/v1/stock?asOf=${encodeURIComponent(String(at))}`),
    '/v1/reservations?status=held',
    '/v1/reservations?reference=order%20of%20pear',
    '/v1/availability?sku=apple&sku=pear',
    '/v1/stock/pear/north/explain',
    '/v1/stock/apple/north/events?limit=2',
  ];
  const texts = new Map<string, string>();
  for (const at of paths) texts.set(at, await (await fetch(url + at)).text());
  return texts;
}

describe('a ledger that is carried from SQLite to PostgreSQL and back', () => {
  it('answers everything as before, and its dumps are the same byte for byte', async () => {
    await withPostgres(async (postgres) => {
      const sqlite = workshop.database();
      const server = workshop.serve(sqlite, '--node', 'leeds');
      const said = await trade(await server.url());
      const redacted = (await answers(await server.url())).get('/v1/reservations?limit=2') ?? '';
      const [{ id }] = JSON.parse(redacted).data;
      await workshop.run(['redact', id, '--database', sqlite]);
      const before = await answers(await server.url());
      await server.stop();

      const [first, second, third] = [newFile(), newFile('ndjson.gz'), newFile()];
      expect(await dump(sqlite, '--out', first)).toMatchObject({ code: 0, out: '' });
      // It holds what customers said, so nobody else may read it.
      expect(statSync(first).mode & 0o077).toBe(0);
      expect(await restore(postgres, first)).toMatchObject({ code: 0, err: '' });
      await expectSound(postgres);
      const there = workshop.serve(postgres);
      expect(await answers(await there.url())).toEqual(before);
      await there.stop();
      expect(await dump(postgres, '--out', second)).toMatchObject({ code: 0 });
      const back = workshop.database();
      expect(await restore(back, second)).toMatchObject({ code: 0 });
      await expectSound(back);
      expect(await dump(back, '--out', third)).toMatchObject({ code: 0 });
      const text = readFileSync(first, 'utf8');
      expect(gunzipSync(readFileSync(second)).toString()).toBe(text);
      expect(readFileSync(third, 'utf8')).toBe(text);

      await workshop.run(['thaw', '--yes', '--database', back]);
      const again = workshop.serve(back);
      expect(await answers(await again.url())).toEqual(before);
      for (const { key, body, path: at } of said) {
        const headers = { 'idempotency-key': key };
        const reply = await ask(await again.url(), at, { body, headers });
        expect(reply.headers.get('idempotency-replayed')).toBe('true');
      }
      expect(
        (await ask(await again.url(), '/v1/reservations', { body: oneOf('pear') })).status,
      ).toBe(201);
      await again.stop();
      await expectSound(back);
    });
  });
});

describe.each(['SQLite', 'PostgreSQL'])('a server on %s whose ledger is dumped', (engine) => {
  it('has in the dump every sale that it answered, and sells nothing after it', async () => {
    await withPostgres(async (postgres) => {
      const source = engine === 'SQLite' ? workshop.database() : postgres;
      const server = workshop.serve(source, '--log-level', 'warn');
      const url = await server.url();
      await stock(url, 1_000_000, 'apple');
      const { sold, refused, stop } = buyers(url, 8);
      await sold.reached(50);
      const file = newFile();
      expect(await dump(source, '--out', file)).toMatchObject({ code: 0 });
      await refused.reached(1);
      await stop();
      expect(refused.all[0]).toMatchObject({ code: 'ledger_frozen', retryable: false });

      const ready = await ask(url, '/readyz');
      expect(ready.status).toBe(503);
      expect(ready.body['reasons']).toEqual([expect.stringContaining('moved')]);
      expect((await ask(url, '/v1/stock/apple/north')).status).toBe(200);
      const target = workshop.database();
      expect(await restore(target, file)).toMatchObject({ code: 0 });
      await expectSound(target);
      const there = workshop.serve(target);
      const { body } = await ask(await there.url(), '/v1/stock/apple/north');
      expect(body).toMatchObject({ reserved: sold.all.length });
      for (const { id } of [...sold.all.slice(0, 5), ...sold.all.slice(-5)]) {
        const found = await ask(await there.url(), `/v1/reservations/${id}`);
        expect(found.status).toBe(200);
      }
      await there.stop();

      expect(server.err.match(/was moved to another database/g)).toHaveLength(1);
      await workshop.run(['thaw', '--yes', '--database', source]);
      expect((await ask(url, '/v1/reservations', { body: oneOf('apple') })).status).toBe(201);
      await server.stop();
    });
  });
});

/** Answers that came, and how to wait for as many. */
class Answers {
  readonly all: Json[] = [];
  #wanted = 0;
  #wake = () => {};

  add(answer: Json): void {
    this.all.push(answer);
    if (this.all.length >= this.#wanted) this.#wake();
  }

  reached(count: number): Promise<void> {
    if (this.all.length >= count) return Promise.resolve();
    this.#wanted = count;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Clients that buy one unit after the other until they are told to stop. */
function buyers(url: string, count: number) {
  const sold = new Answers();
  const refused = new Answers();
  let going = true;
  const buy = async () => {
    while (going) {
      const { status, body } = await ask(url, '/v1/reservations', { body: oneOf('apple') });
      if (status === 201) sold.add(body);
      // Whom the dump kept waiting for too long asks again.
      else if (body['code'] !== 'unavailable') refused.add(body);
    }
  };
  const all = Promise.all(Array.from({ length: count }, buy));
  const stop = async () => {
    going = false;
    await all;
  };
  return { sold, refused, stop };
}

describe('a dump that does not come to its end', () => {
  it.skipIf(!existsSync('/dev/full'))('of a full disk says so', async () => {
    const database = workshop.database();
    await fillLedger(database, 2_000);
    const full = await dump(database, '--out', '/dev/full');
    expect(full).toMatchObject({ code: 1 });
    expect(full.err).toContain('cannot write /dev/full');
    const shell = workshop.start('sh', ['-c', `${shellDump(database)} > /dev/full`], {});
    expect(await shell.ended()).toMatchObject({ code: 1 });
    expect(shell.err).toContain('standard output was closed before the dump was whole');
    const file = newFile();
    expect(await dump(database, '--out', file)).toMatchObject({ code: 0 });
    expect(await restore(workshop.database(), file)).toMatchObject({ code: 0 });
  });

  it('because its reader has had enough is no success', async () => {
    const database = workshop.database();
    await fillLedger(database, 5_000);
    const script = `{ ${shellDump(database)}; echo "code $?" >&2; } | head -c 1000 > /dev/null`;
    const ended = await workshop.start('sh', ['-c', script], {}).ended();
    expect(ended.err).toContain('code 1');
  });

  it('because it was killed can be made again, and leaves no file that looks whole', async () => {
    const database = workshop.database();
    await fillLedger(database, 10_000);
    const stuck = workshop.holdfast(['dump', '--database', database]);
    const pipe = stuck.child.stdout ?? fail('its output is a pipe');
    await once(pipe, 'data');
    // From here on it can write no more than fits into the pipe.
    pipe.pause();
    await stuck.stop('SIGKILL');
    pipe.resume();
    const drafted = newFile();
    const killed = workshop.holdfast(['dump', '--database', database, '--out', drafted]);
    await killed.stop('SIGKILL');
    expect(existsSync(drafted)).toBe(false);
    const file = newFile();
    expect(await dump(database, '--out', file)).toMatchObject({ code: 0 });
    const target = workshop.database();
    expect(await restore(target, file)).toMatchObject({ code: 0 });
    await expectSound(target);
  });

  it('leaves the file that was there', async () => {
    const file = newFile();
    writeFileSync(file, 'the last one');
    const missing = `sqlite:${newFile('db')}`;
    expect(await dump(missing, '--out', file)).toMatchObject({ code: 1 });
    expect(readFileSync(file, 'utf8')).toBe('the last one');
  });
});

function fail(message: string): never {
  throw new Error(message);
}

/** As a word for the shell. */
function shellDump(database: string): string {
  const main = path.resolve(import.meta.dirname, '../../src/main.ts');
  return `'${process.execPath}' '${main}' dump --database '${database}'`;
}

describe('a restore that is killed in the middle', () => {
  it.each(['SQLite', 'PostgreSQL'])('can only be begun again, on %s', async (engine) => {
    const source = workshop.database();
    await fillLedger(source, 10_000);
    const file = newFile();
    await dump(source, '--out', file);
    await withPostgres(async (postgres) => {
      const target = engine === 'SQLite' ? workshop.database() : postgres;
      const killed = workshop.holdfast(['restore', '--database', target]);
      await feedHalf(killed, file);
      await killed.stop('SIGKILL');
      for (const command of ['serve', 'verify', 'dump', 'seed', 'thaw']) {
        const refused = await workshop.run([command, '--database', target]);
        expect(refused, command).toMatchObject({ code: 1 });
        expect(refused.err).toContain('restore it again, or reset it');
      }
      expect(await restore(target, file)).toMatchObject({ code: 0 });
      await expectSound(target);
      const again = newFile();
      await dump(target, '--out', again);
      expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    });
  });
});

/** Hands over half of a file, and waits until almost all of that was read. */
async function feedHalf({ child }: Started, file: string): Promise<void> {
  const input = child.stdin ?? fail('its input is a pipe');
  input.on('error', () => undefined);
  const half = createReadStream(file, { end: Math.floor(statSync(file).size / 2) });
  for await (const piece of half) {
    if (!input.write(piece)) await once(input, 'drain');
  }
}

describe('restore', () => {
  it('takes what dump writes to a pipe, and refuses a ledger, another node and half a file', async () => {
    const database = workshop.database();
    await workshop.run(['seed', '--database', database]);
    const target = workshop.database();
    const main = path.resolve(import.meta.dirname, '../../src/main.ts');
    const taking = `'${process.execPath}' '${main}' restore --database '${target}'`;
    const script = `${shellDump(database)} | ${taking}`;
    const piped = await workshop.start('sh', ['-c', script], {}).ended();
    expect(piped).toMatchObject({ code: 0 });
    await expectSound(target);

    const file = newFile('ndjson.gz');
    await dump(target, '--out', file);
    const full = await restore(target, file);
    expect(full).toMatchObject({ code: 2 });
    expect(full.err).toContain('holds a ledger already');
    const flags = ['--database', workshop.database(), '--node', 'york'];
    expect(await workshop.run(['restore', file, ...flags])).toMatchObject({
      code: 2,
      err: 'holdfast: the dump is of the node "local", not of "york"\n',
    });
    const half = newFile('gz');
    writeFileSync(half, readFileSync(file).subarray(0, -200));
    const cut = await restore(workshop.database(), half);
    expect(cut).toMatchObject({ code: 2 });
    expect(cut.err).toContain('cut off');
    expect(await restore(workshop.database(), newFile())).toMatchObject({ code: 2 });
  });
});

describe('a copy', () => {
  it('is for looking at, until it is thawed; the ledger that it was made of goes on', async () => {
    const database = workshop.database();
    await fillLedger(database, 10);
    const file = newFile();
    const made = await dump(database, '--keep-open', '--out', file);
    expect(made.err).toContain('the ledger goes on here');
    const copy = workshop.database();
    expect((await restore(copy, file)).out).toContain('for looking at');
    const served = workshop.serve(copy);
    const body = { type: 'receive', ...line('A', 'x', 1) };
    const refused = await ask(await served.url(), '/v1/movements', { body });
    expect(refused.body).toMatchObject({ code: 'ledger_frozen' });
    await served.stop();
    expect(await dump(copy, '--out', newFile())).toMatchObject({ code: 2 });
    expect(await dump(copy, '--keep-open', '--out', newFile())).toMatchObject({ code: 0 });
    const asked = await workshop.run(['thaw', '--database', copy]);
    expect(asked).toMatchObject({ code: 2 });
    expect(asked.err).toContain('both would sell the same units');
    expect(await workshop.run(['thaw', '--yes', '--database', copy])).toMatchObject({ code: 0 });
    expect((await workshop.run(['thaw', '--database', database])).out).toContain('is not frozen');
  });
});
