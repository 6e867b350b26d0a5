import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpYear, seeded } from '../support/madeUpYear.ts';
import { type Ended, type Started, Workshop } from '../support/processes.ts';
import { retailCsv, writeRetailFile } from '../support/retailFile.ts';

const INVOICES = 1_200;
const SEED = 20_261_120;

/** How often a replay is killed, and how long after it began to play: later each time, so that a quick one is met too. */
const KILLS_MAX = 8;
const KILLED_AFTER_MS_MAX = 400;
/** Replays that may come to their end before they hear that they are to stop. */
const STOPS_MAX = 5;

/** Time for tests of many processes, on a machine that has other work too. */
const SLOW_MS = 240_000;

const workshop = new Workshop();
const retail = writeRetailFile(retailCsv(madeUpYear(INVOICES, SEED)));
afterAll(async () => {
  await workshop.close();
  retail.remove();
});

function replay(...words: readonly string[]): Started {
  return workshop.holdfast(['replay', retail.file, ...words]);
}

async function playing(started: Started): Promise<Started> {
  await started.heard('out', /^playing/m);
  return started;
}

/** Kills the replay at some moment, unless it is done before. */
async function killed(started: Started, share: number): Promise<Ended> {
  await playing(started);
  const timer = setTimeout(() => started.child.kill('SIGKILL'), share * KILLED_AFTER_MS_MAX);
  return started.ended().finally(() => clearTimeout(timer));
}

/** Stops a replay in the middle. @returns its database, and what it said */
async function stopped(): Promise<{ database: string; ended: Ended }> {
  for (let attempt = 1; ; attempt++) {
    const database = workshop.database();
    const ended = await (await playing(replay('--database', database))).stop('SIGINT');
    if (ended.code !== 0 || attempt === STOPS_MAX) return { database, ended };
  }
}

/** Replays until one comes to its end. @returns that, and how many were killed before */
async function replayUnderFire(
  ...words: readonly string[]
): Promise<{ last: Ended; kills: number }> {
  const fraction = seeded(SEED);
  for (let kills = 0; kills < KILLS_MAX; kills++) {
    const last = await killed(replay(...words), (fraction() * (kills + 1)) / KILLS_MAX);
    if (last.signal !== 'SIGKILL') return { last, kills };
  }
  return { last: await replay(...words).ended(), kills: KILLS_MAX };
}

async function takeOne(url: string, sku: string): Promise<void> {
  const location = 'online-retail-warehouse';
  const body = JSON.stringify({ type: 'adjust', sku, location, quantity: -1 });
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${url}/v1/movements`, { method: 'POST', headers, body });
  expect(status).toBe(201);
}

/** The log as text, without what differs from run to run. */
async function logOf(database: string): Promise<string> {
  const file = path.join(workshop.folder, 'events.ndjson');
  const { code, err } = await workshop.run([
    'export',
    'events',
    '--database',
    database,
    '--out',
    file,
  ]);
  expect({ code, err }).toMatchObject({ code: 0 });
  return readFileSync(file, 'utf8').replaceAll(/"requestId":"[^"]*"/g, '');
}

describe('a replay into a database of its own', () => {
  const straight = workshop.database();
  beforeAll(async () => {
    expect(await replay('--database', straight).ended()).toMatchObject({ code: 0, err: '' });
  }, SLOW_MS);

  it('leaves books that verify', async () => {
    expect(await workshop.run(['verify', '--database', straight])).toMatchObject({ code: 0 });
  });

  it(
    `makes the same log however often it is killed (seed ${SEED})`,
    async () => {
      const database = workshop.database();
      const { last, kills } = await replayUnderFire('--database', database);
      expect(last).toMatchObject({ code: 0, err: '' });
      expect(kills).toBeGreaterThan(0);
      expect(await workshop.run(['verify', '--database', database])).toMatchObject({ code: 0 });
      expect(await logOf(database)).toBe(await logOf(straight));
    },
    SLOW_MS,
  );

  it(
    'books everything once when two run at the same time, of which one gives up',
    async () => {
      const database = workshop.database();
      const both = [replay('--database', database), replay('--database', database)];
      for (const { code, err } of await Promise.all(both.map((one) => one.ended()))) {
        expect([0, 2]).toContain(code);
        expect(err).toMatch(code === 0 ? /^$/ : /time in the log never runs backward/);
      }
      expect(await replay('--database', database).ended()).toMatchObject({ code: 0, err: '' });
      expect(await workshop.run(['verify', '--database', database])).toMatchObject({ code: 0 });
      expect(await logOf(database)).toBe(await logOf(straight));
    },
    SLOW_MS,
  );

  it(
    'ends what is under way at SIGINT, and the same command goes on',
    async () => {
      const { database, ended } = await stopped();
      expect(ended).toMatchObject({
        code: 1,
        err: expect.stringContaining('goes on from there'),
      });
      expect(await replay('--database', database).ended()).toMatchObject({ code: 0 });
      expect(await logOf(database)).toBe(await logOf(straight));
    },
    SLOW_MS,
  );
});

describe('a replay into a running server', () => {
  it(
    `books everything once however often it is killed (seed ${SEED})`,
    async () => {
      const database = workshop.database();
      const server = workshop.serve(database);
      const { last, kills } = await replayUnderFire('--url', await server.url());
      expect(last).toMatchObject({ code: 0, err: '' });
      expect(kills).toBeGreaterThan(0);
      const again = await replay('--url', await server.url()).ended();
      expect(again).toMatchObject({
        code: 0,
        out: expect.stringContaining('nothing was left to do'),
      });
      await server.stop();
      expect(await workshop.run(['verify', '--database', database])).toMatchObject({ code: 0 });
    },
    SLOW_MS,
  );

  it(
    'ends with code 3 when somebody else took of its stock',
    async () => {
      const server = workshop.serve(workshop.database());
      const url = await server.url();
      expect(await replay('--url', url, '--limit', '200').ended()).toMatchObject({ code: 0 });
      await takeOne(url, '10001');
      const { code, out } = await replay('--url', url).ended();
      expect(out).toMatch(/^codes with another stock than the file makes +0 +\d+ {2}<- differs$/m);
      expect(code).toBe(3);
      await server.stop();
    },
    SLOW_MS,
  );

  it(
    'goes on with what was begun in the database itself, and dates it',
    async () => {
      const database = workshop.database();
      const begun = await replay('--database', database, '--until', '2010-12-03').ended();
      expect(begun).toMatchObject({ code: 0 });
      const server = workshop.serve(database);
      const rest = await replay('--url', await server.url()).ended();
      expect(rest).toMatchObject({ code: 0, out: expect.stringContaining('went on after') });
      await server.stop();
      const lastEvent = (await logOf(database)).trimEnd().split('\n').at(-1) ?? '';
      expect(lastEvent).toContain('"occurredAt"');
      const { code, err } = await replay('--database', database, '--limit', '1').ended();
      expect({ code, err }).toEqual({ code: 0, err: '' });
    },
    SLOW_MS,
  );
});
