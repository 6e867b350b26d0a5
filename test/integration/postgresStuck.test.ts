import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Connection, readAddress } from '../../src/storage/postgres/connection.ts';
import { statement } from '../../src/storage/postgres/statement.ts';
import { StuckTransactions } from '../../src/storage/postgres/stuck.ts';
import { lendDatabase } from '../support/postgres/lentDatabase.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import type { PostgresDatabase } from '../support/postgres/testDatabase.ts';

const SILENCE_MS = 1_600;

/** Far more than the long work takes. */
const ANSWER_MS_MAX = 15_000;

const BEGIN = statement('begin', 'BEGIN');
const LOCK = statement('lock', 'SELECT FROM log_head FOR NO KEY UPDATE');
const TRY_LOCK = statement('try_lock', 'SELECT FROM log_head FOR NO KEY UPDATE SKIP LOCKED');
const LIMIT = statement(
  'limit',
  `SELECT set_config('idle_in_transaction_session_timeout', '1500', true),
          set_config('statement_timeout', '1500', true)`,
);
const WRITE_ROW = statement('write_row', 'SELECT pg_current_xact_id()');
const WORK_LONG = statement('work_long', `SELECT pg_sleep(${SILENCE_MS / 1_000 + 0.5})`);
const WRITE = statement('write', 'SELECT 1 AS written');

let database: PostgresDatabase;
let healthy: Connection;
beforeEach(async () => {
  database = await lendDatabase('local');
  healthy = await Connection.open(readAddress(database.url));
});
afterEach(async () => {
  await healthy.close();
  await database.drop();
});

/** A transaction that has the head of the log, of a server that falls silent when this has come of its next statement. */
async function silentAfter(last: string): Promise<void> {
  const proxy = await TcpProxy.to(database.url);
  onTestFinished(() => proxy.close());
  const connection = await Connection.open(readAddress(proxy.url));
  const { promise: silent, resolve } = Promise.withResolvers<void>();
  let isDue = false;
  proxy.onFrontendMessage(({ type, text }) => {
    if (isDue) {
      resolve();
      return 'holdBack';
    }
    isDue = type === last && text.includes('written');
    return 'forward';
  });
  await Promise.all([connection.run(BEGIN), connection.run(LIMIT), connection.run(LOCK)]);
  connection.run(WRITE).catch(() => undefined);
  await silent;
}

/** The head of the log is not locked. */
async function expectFree(is: boolean): Promise<void> {
  expect(await healthy.run(TRY_LOCK)).toHaveLength(is ? 1 : 0);
}

describe('a server that falls silent in the middle of a statement', () => {
  it.each(['P', 'B', 'E'])('after %s keeps its locks until another one ends it', async (last) => {
    await silentAfter(last);
    const stuck = new StuckTransactions(healthy);
    await sleep(SILENCE_MS);
    await expectFree(false);
    expect(await stuck.end()).toBe(1);
    await healthy.run(LOCK);
    await expectFree(true);
    expect(await stuck.end()).toBe(0);
  });

  it('is not ended before its time, nor is who sits idle in a transaction or works for long', async () => {
    await silentAfter('P');
    const stuck = new StuckTransactions(healthy);
    expect(await stuck.end()).toBe(0);
    await expectFree(false);
    const [idle, busy] = await Promise.all([
      Connection.open(readAddress(database.url)),
      Connection.open(readAddress(database.url), { answerMsMax: ANSWER_MS_MAX }),
    ]);
    await Promise.all([idle, busy].flatMap((one) => [one.run(BEGIN), one.run(WRITE_ROW)]));
    const working = busy.run(WORK_LONG);
    await sleep(SILENCE_MS);
    expect(await stuck.end()).toBe(1);
    await working;
    await idle.run(WRITE);
    await Promise.all([idle.close(), busy.close()]);
  });
});
