import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutcomeUnknownError, OverloadedError, StoreError } from '../../src/ledger/errors.ts';
import type { Answer, ClaimedKey } from '../../src/ledger/ledger.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { STATEMENTS, type Step } from '../support/postgres/gate.ts';
import { untilClientIsAwaited, untilLockIsAwaited } from '../support/postgres/lockWaits.ts';
import { type PostgresServer, type StopMode, startPostgres } from '../support/postgres/server.ts';
import { createTestDatabase } from '../support/postgres/testDatabase.ts';
import { PostgresTestServer } from '../support/postgresLedger.ts';
import { ServerPair } from '../support/serverPair.ts';

// What becomes of a command whose connection breaks at any moment: it is done once and answered as it was done, or it is
// answered that nothing was done, or, where it cannot be found out, that the outcome is unknown.

let pair: ServerPair;
beforeEach(async () => {
  pair = await ServerPair.open();
  await feed(pair.other.storage.ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 10)]);
});
afterEach(() => pair.close());

const key: ClaimedKey = { key: 'key-1', fingerprint: 'the same request' };
const { write, commit, fence, lockLevels } = STATEMENTS;

/** Sells one, and returns what was answered. */
function sell(server: PostgresTestServer): Promise<Answer> {
  const items = [{ command: move('sell', 'A', 'x', 1) }];
  return server.ledger.submit({ actor: 'ann', requestId: 'request-1', items, key });
}

/** All sales there are, as the log has them. */
async function sales(server = pair.other) {
  const types = ['sell'] as const;
  return (await server.storage.queries.events({ after: 0, limit: 1_000, types })).events;
}

/** It was done once, and the answer says where. */
async function expectDoneOnce(answer: Answer, { replayed = false } = {}): Promise<void> {
  const [event, ...more] = await sales();
  expect(more).toEqual([]);
  expect(answer).toMatchObject({ kind: 'done', items: [{ outcome: { event }, replayed }] });
  expect(await pair.other.storage.queries.level('A', 'x')).toMatchObject({ available: 9 });
  expect(await pair.findings()).toEqual([]);
}

const DONE_ONCE: readonly (readonly [string, readonly Step[]])[] = [
  ['before it has its locks', [[lockLevels, 'cutBefore']]],
  ['when it has its locks', [[lockLevels, 'cutAfterForwarding']]],
  ['after COMMIT was done, before the answer', [[commit, 'cutAfterForwarding']]],
  ['before COMMIT has come', [[commit, 'cutBefore']]],
  ['in the middle of the statement that writes', [[write, 'cutBefore']]],
  ['after that statement was done, before COMMIT', [[write, 'cutAfterForwarding']]],
  [
    'after COMMIT, and again before it is asked what has become of it',
    [
      [commit, 'cutAfterForwarding'],
      [fence, 'cutBefore'],
    ],
  ],
  [
    'after COMMIT, and again before that answer',
    [
      [commit, 'cutAfterForwarding'],
      [fence, 'cutAfterForwarding'],
    ],
  ],
  [
    'before COMMIT, and again after the commit was ruled out',
    [
      [commit, 'cutBefore'],
      [fence, 'cutAfterForwarding'],
    ],
  ],
  [
    'before COMMIT, and again when it is tried once more',
    [
      [commit, 'cutBefore'],
      [commit, 'cutAfterForwarding'],
      [fence, 'cutAfterForwarding'],
    ],
  ],
];

describe('a commit whose connection is cut', () => {
  it.each(DONE_ONCE)('%s, is done once and answered as it was done', async (_, steps) => {
    const met = pair.gate.inTurn(...steps);
    const answer = await sell(pair.one);
    await met;
    await expectDoneOnce(answer);
    expect((await pair.one.ledger.submit(again())).kind).toBe('done');
    expect(await sales()).toHaveLength(1);
  });

  it('50 times after COMMIT, is done 50 times and answered so', async () => {
    await feed(pair.other.storage.ledger, [move('receive', 'A', 'x', 90)]);
    const positions: number[] = [];
    for (let n = 0; n < 50; n++) {
      const cut = pair.gate.inTurn([commit, 'cutAfterForwarding']);
      const command = move('sell', 'A', 'x', 1);
      const items = [{ command, key: { key: `key ${n}`, fingerprint: 'the same' } }];
      const answer = await pair.one.ledger.submit({ actor: 'ann', requestId: 'q', items });
      await cut;
      positions.push(positionOf(answer));
    }
    expect((await sales()).map(({ position }) => position)).toEqual(positions);
    expect(pair.retries).toEqual([0, 0]);
    expect(await pair.findings()).toEqual([]);
  });
});

const GUESSED: readonly (readonly [string, readonly Step[]])[] = [
  ['before it has come', [[write, 'cutBefore']]],
  ['after it was done, before the answer', [[write, 'cutAfterForwarding']]],
  [
    'after it was done, and again before it is asked what has become of it',
    [
      [write, 'cutAfterForwarding'],
      [fence, 'cutBefore'],
    ],
  ],
  [
    'before it has come, and again after it was ruled out',
    [
      [write, 'cutBefore'],
      [fence, 'cutAfterForwarding'],
    ],
  ],
];

describe('a commit that is one statement, for it is guessed, and whose connection is cut', () => {
  it.each(GUESSED)('%s, is done once', async (_, steps) => {
    const { ledger } = pair.one;
    const buy = (reservationId: string) => {
      const items = [{ command: reserve(reservationId, line('A', 'x', 1)) }];
      return ledger.submit({ actor: 'ann', requestId: reservationId, items });
    };
    await buy('looked at');
    let looks = 0;
    pair.gate.always([[lockLevels, 'forward']], () => {
      looks += 1;
    });
    await buy('guessed');
    expect(looks).toBe(0);
    const met = pair.gate.inTurn(...steps);
    const answer = await buy('cut');
    await met;
    const types = ['reserve'] as const;
    const { events } = await pair.other.storage.queries.events({ after: 0, limit: 9, types });
    expect(events.map(({ reservationId }) => reservationId)).toEqual([
      'looked at',
      'guessed',
      'cut',
    ]);
    const reservation = await pair.other.storage.queries.reservation('cut');
    expect(answer).toMatchObject({ kind: 'done', items: [{ outcome: { reservation } }] });
    expect(await pair.findings()).toEqual([]);
  });
});

function again() {
  const items = [{ command: move('sell', 'A', 'x', 1) }];
  return { actor: 'ann', requestId: 'request-2', items, key };
}

function positionOf(answer: Answer): number {
  const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
  if (outcome?.kind !== 'movement') throw new Error(`not booked: ${JSON.stringify(answer)}`);
  return outcome.event.position;
}

describe('what is late', () => {
  it('does nothing where the commit was ruled out before', async () => {
    const stopped = pair.gate.stopAt(write);
    const answer = sell(pair.one);
    await stopped;
    pair.gate.dropStopped();
    // By now the first try is ruled out, and the second one waits for the level that it still holds.
    await untilLockIsAwaited(pair.watch);
    await pair.gate.openForDropped();
    await expectDoneOnce(await answer);
    expect(await sales()).toHaveLength(1);
    expect(await pair.findings()).toEqual([]);
  });

  it('is waited for where it may still be done, and then it is the answer', async () => {
    const stopped = pair.gate.stopAt(commit);
    const answer = sell(pair.one);
    await stopped;
    await untilClientIsAwaited(pair.watch);
    pair.gate.dropStopped();
    await untilLockIsAwaited(pair.watch);
    pair.gate.open();
    await expectDoneOnce(await answer);
    expect(pair.retries).toEqual([0, 0]);
  });

  it('is ended by the database where it does not come, and done again', async () => {
    const stopped = pair.gate.stopAt(commit);
    const answer = sell(pair.one);
    await stopped;
    await untilClientIsAwaited(pair.watch);
    pair.gate.dropStopped();
    await expectDoneOnce(await answer);
    expect(pair.one.figures.retries).toBeGreaterThan(0);
    pair.gate.open();
  });
});

describe('an outcome that cannot be found out', () => {
  it('is answered as unknown, and found out by the same key on any server', async () => {
    let looks = 0;
    const steps: readonly Step[] = [
      [commit, 'cutAfterForwarding'],
      [fence, 'cutBefore'],
    ];
    pair.gate.always(steps, (statement) => {
      if (statement === fence) looks += 1;
    });
    await expect(sell(pair.one)).rejects.toThrow(OutcomeUnknownError);
    // For four seconds, ten times a second where the machine is not busy.
    expect(looks).toBeGreaterThan(2);
    await expectDoneOnce(await sell(pair.other), { replayed: true });
  });
});

const CLIENTS = 16;
const SALES = 60;

describe.each<StopMode>(['fast', 'immediate'])('PostgreSQL that is restarted (%s)', (mode) => {
  let server: PostgresServer;
  beforeEach(async () => {
    server = await startPostgres();
  }, 60_000);
  afterEach(() => server.close());

  it('in the middle of load, twice, has done all that was answered, once', async () => {
    const database = await createTestDatabase({ server });
    const servers = await Promise.all([1, 2].map(() => PostgresTestServer.open(database.url)));
    const [one, other] = servers;
    if (!one || !other) throw new Error('no servers');
    await feed(one.storage.ledger, [product('A'), product('B'), shop('x')]);
    await feed(one.storage.ledger, [stocked('A'), stocked('B')]);
    const positions: number[] = [];
    const restarts = [CLIENTS * SALES * 0.25, CLIENTS * SALES * 0.5];
    let restarting: Promise<void> = Promise.resolve();
    const note = (answer: Answer): void => {
      positions.push(positionOf(answer));
      if (restarts[0] === undefined || positions.length < restarts[0]) return;
      restarts.shift();
      restarting = restarting.then(() => server.restart(mode));
    };
    const client = async (number: number): Promise<void> => {
      for (let n = 0; n < SALES; n++) {
        const command = move('sell', n % 2 === 0 ? 'A' : 'B', 'x', 1);
        const items = [{ command, key: { key: `${number} ${n}`, fingerprint: 'the same' } }];
        const work = { actor: 'ann', requestId: `${number} ${n}`, items };
        note(await patiently((tries) => ((tries + number) % 2 ? one : other).ledger.submit(work)));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    await restarting;

    expect(restarts).toEqual([]);
    const sold = await sales(one);
    expect(sold).toHaveLength(CLIENTS * SALES);
    expect(new Set(sold.map(({ requestId }) => requestId)).size).toBe(CLIENTS * SALES);
    expect(positions.toSorted((a, b) => a - b)).toEqual(sold.map(({ position }) => position));
    expect((await verifyBooks(one.storage.books)).findings).toEqual([]);
    await Promise.all(servers.map((each) => each.close()));
  }, 120_000);
});

function stocked(sku: string) {
  return move('receive', sku, 'x', 10_000);
}

const PAUSE_MS = 20;

/** Tries until it is answered for good. */
async function patiently<T>(attempt: (tries: number) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(tries);
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof OverloadedError)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
