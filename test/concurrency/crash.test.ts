import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Json, oneOf, type Reply, stock, wholeLog } from '../support/api.ts';
import { type Started, Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

const ROUNDS = 12;
const CLIENTS = 24;
/** The server is killed when this many answers came at the most; when exactly is random. */
const ANSWERS_MAX = 600;
const UNITS = 4_000;

/** A command that was answered, with what it takes to ask again. */
interface Answered {
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
  readonly status: number;
  readonly answer: Json;
}

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterAll(() => workshop.close());

/** One buyer after another: reserves, then confirms, cancels, fulfils or leaves it, until the server is gone. */
async function buy(
  url: string,
  fraction: () => number,
  note: (answered: Answered) => void,
): Promise<void> {
  const post = async (path: string, body: unknown): Promise<Answered> => {
    const key = randomUUID();
    const reply = await ask(url, path, { body, headers: { 'idempotency-key': key } });
    const answered = { path, body, key, status: reply.status, answer: reply.body };
    // What nothing was done of is not kept, and repeated as a new command.
    if (reply.status < 500) note(answered);
    return answered;
  };
  for (;;) {
    const sku = fraction() < 0.7 ? 'apple' : 'pear';
    const { status, answer } = await post('/v1/reservations', oneOf(sku));
    if (status !== 201) continue;
    const path = `/v1/reservations/${answer['id']}`;
    if (fraction() < 0.5) await post(`${path}/confirm`, {});
    if (fraction() < 0.3) await post(`${path}/fulfil`, {});
    if (fraction() < 0.3) await post(`${path}/cancel`, {});
  }
}

async function loadUntilKilled(
  server: Started,
  fraction: () => number,
): Promise<readonly Answered[]> {
  const url = await server.url();
  const killAt = 1 + Math.floor(fraction() * ANSWERS_MAX);
  const answered: Answered[] = [];
  const note = (one: Answered): void => {
    answered.push(one);
    if (answered.length === killAt) server.child.kill('SIGKILL');
  };
  const clients = Array.from({ length: CLIENTS }, () => buy(url, fraction, note));
  await Promise.allSettled(clients);
  await server.ended();
  return answered;
}

/** Asks for each again, one after the other. */
async function expectAnsweredAlike(url: string, some: readonly Answered[]): Promise<void> {
  for (const { path, body, key, status, answer } of some) {
    const again = await ask(url, path, { body, headers: { 'idempotency-key': key } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect({ status: again.status, body: again.body }).toEqual({
      status,
      body: status < 400 ? answer : { ...answer, instance: again.body['instance'] },
    });
  }
}

describe('a server that is killed in the middle of load', () => {
  it('has after the restart every command that it answered, once', async () => {
    const database = workshop.database();
    const { fraction } = seededRandom(20261120);
    const all: Answered[] = [];
    const first = workshop.serve(database);
    await stock(await first.url(), UNITS, 'apple', 'pear');
    all.push(...(await loadUntilKilled(first, fraction)));
    for (let round = 1; round < ROUNDS; round++) {
      all.push(...(await loadUntilKilled(workshop.serve(database), fraction)));
    }
    const last = workshop.serve(database);
    const url = await last.url();

    const log = await wholeLog(url);
    expect(log.map(({ position }) => position)).toEqual(log.map((_, i) => i + 1));
    const madeOnce = new Set<unknown>();
    for (const { type, reservationId } of log) {
      if (type !== 'reserve') continue;
      expect(madeOnce.has(reservationId)).toBe(false);
      madeOnce.add(reservationId);
    }
    const lanes = Array.from({ length: CLIENTS }, (_, lane) =>
      all.filter((_one, index) => index % CLIENTS === lane),
    );
    await Promise.all(lanes.map((some) => expectAnsweredAlike(url, some)));
    expect((await wholeLog(url)).length).toBe(log.length);

    const verified = await workshop.run(['verify', '--database', database]);
    expect(verified).toMatchObject({ code: 0 });
    await last.stop();
  }, 300_000);
});

/** Asks for one until it is told yes or no: a server that waits for the other in vain answers that nothing was done. */
async function insist(url: string): Promise<Reply> {
  const headers = { 'idempotency-key': randomUUID() };
  for (;;) {
    const reply = await ask(url, '/v1/reservations', { body: oneOf('apple'), headers });
    if (reply.status !== 503) return reply;
  }
}

describe('two servers on one SQLite file', () => {
  it('sell together exactly what is there', async () => {
    const database = workshop.database();
    const servers = [workshop.serve(database), workshop.serve(database)];
    const urls = await Promise.all(servers.map((server) => server.url()));
    await stock(urls[0] ?? '', 150, 'apple');
    const buyers = Array.from({ length: 600 }, (_, buyer) => insist(urls[buyer % 2] ?? ''));
    const statuses = (await Promise.all(buyers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(150);
    expect(statuses.filter((status) => status === 409)).toHaveLength(450);
    const verified = await workshop.run(['verify', '--database', database]);
    expect(verified).toMatchObject({ code: 0 });
    await Promise.all(servers.map((server) => server.stop()));
  }, 180_000);
});
