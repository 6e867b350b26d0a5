import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedSettings } from '../../src/feed/feed.ts';
import { FeedReader } from '../support/feedReader.ts';
import { logFaults } from '../support/logFaults.ts';
import { lendDatabase } from '../support/postgres/lentDatabase.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import type { PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { PostgresTestServer } from '../support/postgresLedger.ts';
import { at } from '../support/testLedger.ts';

/** What news takes at most where the machine is not busy at that very moment. */
const NEWS_MS_MAX = 50;
/** What a poll takes at most, also on a busy machine. */
const POLLED_MS_MAX = 5_000;
/** Longer than a test may take, so that what comes has come by news. */
const NEVER_POLLS = { pollMs: 600_000 };
const POLLS_SELDOM = { pollMs: 1_000 };

let database: PostgresDatabase;
let proxy: TcpProxy;
let writer: PostgresTestServer;
beforeEach(async () => {
  database = await lendDatabase('local');
  proxy = await TcpProxy.to(database.url);
  writer = await PostgresTestServer.open(database.url);
  await writer.stock(1_000_000, 'apple');
});
afterEach(async () => {
  await writer.close();
  proxy.close();
  await database.drop();
});

type Work = (reader: FeedReader, server: PostgresTestServer) => Promise<void>;

/** Another server, and somebody who follows the log there. */
async function withReader(url: string, work: Work, settings?: FeedSettings): Promise<void> {
  const server = await PostgresTestServer.open(url, settings);
  const reader = new FeedReader(server.feed);
  try {
    await reader.reaches((await writer.storage.queries.head()).position);
    await work(reader, server);
    expect(await reader.stop()).toBeUndefined();
    const { position } = await writer.storage.queries.head();
    expect(logFaults(reader.events, position)).toEqual([]);
  } finally {
    await reader.stop();
    await server.close();
  }
}

/** Writes an event. @returns how long it took to the reader after it was answered, in milliseconds */
async function delayMs(reader: FeedReader): Promise<number> {
  await writer.reserve([at('apple', 1)]);
  const startedAt = performance.now();
  await reader.reaches((await writer.storage.queries.head()).position);
  return performance.now() - startedAt;
}

async function delaysMs(reader: FeedReader, count: number): Promise<readonly number[]> {
  const delays: number[] = [];
  while (delays.length < count) delays.push(await delayMs(reader));
  return delays.sort((a, b) => a - b);
}

async function expectPolled(reader: FeedReader): Promise<void> {
  const delays = await delaysMs(reader, 5);
  expect(delays.at(-1)).toBeLessThan(POLLED_MS_MAX);
}

async function expectNews(reader: FeedReader): Promise<void> {
  const [fastest] = await delaysMs(reader, 21);
  expect(fastest).toBeLessThan(NEWS_MS_MAX);
}

describe('a stream on another server than the one that commits', () => {
  it('gets new events in milliseconds', async () => {
    const work: Work = async (reader, server) => {
      await server.hearsNews();
      await expectNews(reader);
    };
    await withReader(database.url, work, NEVER_POLLS);
  });

  it('gets them by polling where nobody can listen', async () => {
    await withReader(`${database.url}?pgbouncer=true`, expectPolled);
  });

  it('gets them by polling while announcements are lost', async () => {
    proxy.onFrontendMessage(({ text }) => (text.startsWith('LISTEN') ? 'holdBack' : 'forward'));
    await withReader(proxy.url, expectPolled);
  });

  it('goes on in milliseconds after the connection was cut on which its server listens', async () => {
    let listens = Promise.withResolvers<void>();
    proxy.onFrontendMessage(({ type, text }) => {
      if (type === 'E' && text.startsWith('LISTEN')) listens.resolve();
      return 'forward';
    });
    const work: Work = async (reader, server) => {
      await server.hearsNews();
      listens = Promise.withResolvers();
      proxy.cut();
      expect(await delayMs(reader)).toBeLessThan(POLLED_MS_MAX);
      await listens.promise;
      await server.hearsNews();
      await expectNews(reader);
    };
    await withReader(proxy.url, work, POLLS_SELDOM);
  });
});
