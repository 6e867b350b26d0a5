import { once } from 'node:events';
import http from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  openServer,
  stock,
  type TestServer,
  type TestServerOptions,
} from '../support/httpServer.ts';

async function listen(options: TestServerOptions = {}): Promise<TestServer & { url: string }> {
  const server = await openServer(options);
  onTestFinished(() => server.close());
  return { ...server, url: await server.app.listen({ host: '127.0.0.1', port: 0 }) };
}

interface Sent {
  readonly id: string;
  readonly event: string | undefined;
  readonly data: { readonly [name: string]: unknown } | undefined;
}

/** A reader of server-sent events, as far as these tests need one. */
class Reader {
  readonly response: http.IncomingMessage;
  readonly #items: AsyncGenerator<Sent>;

  constructor(response: http.IncomingMessage) {
    this.response = response;
    this.#items = parse(response);
  }

  /** @returns the next thing that was sent, or undefined at the end */
  async next(): Promise<Sent | undefined> {
    const { value, done } = await this.#items.next();
    return done ? undefined : value;
  }

  async take(count: number): Promise<(Sent | undefined)[]> {
    const taken: (Sent | undefined)[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}

async function* parse(response: http.IncomingMessage): AsyncGenerator<Sent> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += String(chunk);
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => block.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];
      const [id, data] = [field('id'), field('data')];
      if (id !== undefined) yield { id, event: field('event'), data: data && JSON.parse(data) };
    }
  }
}

async function follow(url: string, query = '', headers = {}): Promise<Reader> {
  const request = http.get(`${url}/v1/events${query}`, {
    agent: false,
    headers: { accept: 'text/event-stream', ...headers },
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  onTestFinished(() => {
    response.destroy();
  });
  return new Reader(response);
}

const sell = (server: TestServer) =>
  server.call('POST', '/v1/movements', { type: 'sell', sku: 'a', location: 'north', quantity: 1 });

describe('the stream of events', () => {
  it('sends what was and what comes, each with its position as id', async () => {
    const server = await listen();
    await stock(server.call, 'a', 100);
    const reader = await follow(server.url);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(/./),
    });
    const past = await reader.take(3);
    expect(past.map((sent) => [sent?.id, sent?.event])).toEqual([
      ['1', 'product_created'],
      ['2', 'location_created'],
      ['3', 'receive'],
    ]);
    const { body } = await sell(server);
    expect(await reader.next()).toEqual({ id: '4', event: 'sell', data: body });
  });

  it('is taken up where it broke', async () => {
    const server = await listen();
    await stock(server.call, 'a', 100);
    const reader = await follow(server.url, '?after=0', { 'last-event-id': '2' });
    expect(await reader.next()).toMatchObject({ id: '3' });
    reader.response.destroy();
    await sell(server);
    const again = await follow(server.url, '?after=3');
    expect(await again.next()).toMatchObject({ id: '4', event: 'sell' });
  });

  it('can be narrowed down, and its heartbeats move the position on', async () => {
    const server = await listen({ heartbeatMs: 20 });
    await stock(server.call, 'a', 100);
    const reader = await follow(server.url, '?sku=a&type=sell');
    expect(await reader.next()).toEqual({ id: '3', event: undefined, data: undefined });
    await sell(server);
    const next = async (): Promise<Sent | undefined> => {
      const sent = await reader.next();
      return sent?.event === undefined && sent ? next() : sent;
    };
    expect(await next()).toMatchObject({ id: '4', event: 'sell' });
  });

  it('refuses a position that the log has not reached', async () => {
    const { url } = await listen();
    const answer = await fetch(`${url}/v1/events?after=7`, {
      headers: { accept: 'text/event-stream' },
    });
    expect(await answer.json()).toMatchObject({ status: 400, code: 'position_in_future' });
  });

  it('is given to as many readers as are allowed', async () => {
    const server = await listen({ settings: { streamsMax: 1 } });
    const reader = await follow(server.url);
    const headers = { accept: 'text/event-stream' };
    const second = await fetch(`${server.url}/v1/events`, { headers });
    expect([second.status, await second.json()]).toMatchObject([503, { code: 'too_many_streams' }]);
    expect((await server.call('GET', '/metrics')).text).toContain('\nholdfast_event_streams 1\n');
    reader.response.destroy();
    const open = async () => {
      const response = await fetch(`${server.url}/v1/events`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    await expect.poll(open).toBe(200);
  });

  it('ends when the server closes', async () => {
    const server = await listen();
    await stock(server.call, 'a', 1);
    const reader = await follow(server.url);
    await reader.take(3);
    const closed = server.app.close();
    expect(await reader.next()).toBeUndefined();
    expect(reader.response.complete).toBe(true);
    await closed;
  });
});

describe('a reader that takes nothing', () => {
  it('is cut off, costs little, and harms nobody', async () => {
    const server = await listen({ settings: { streamStallMs: 300 } });
    await stock(server.call, 'a', 100_000);
    const reason = 'x'.repeat(500);
    const sale = { type: 'sell', sku: 'a', location: 'north', quantity: 1, reason };
    for (let batch = 0; batch < 10; batch++) {
      await server.call('POST', '/v1/batch', { commands: Array(1_500).fill(sale) });
    }
    const stalled = await follow(server.url);
    stalled.response.pause();
    const errors = () => server.log.map(({ err }) => err);
    const stall = expect.objectContaining({ type: 'StalledReaderError' });
    await expect.poll(errors, { timeout: 10_000 }).toContainEqual(stall);
    const rest = stalled.take(15_003);
    await expect(rest).rejects.toThrow('aborted');
    expect(server.log).toContainEqual(
      expect.objectContaining({ level: 'info', method: 'GET', route: '/v1/events', status: 200 }),
    );
    const reader = await follow(server.url, '?after=15000');
    expect((await reader.take(3)).map((sent) => sent?.id)).toEqual(['15001', '15002', '15003']);
  });

  it('is told the rest when it takes it late', async () => {
    const server = await listen();
    await stock(server.call, 'a', 100_000);
    const sale = {
      type: 'sell',
      sku: 'a',
      location: 'north',
      quantity: 1,
      reason: 'x'.repeat(500),
    };
    await server.call('POST', '/v1/batch', { commands: Array(5_000).fill(sale) });
    const reader = await follow(server.url);
    reader.response.pause();
    await sell(server);
    const ids = (await reader.take(5_004)).map((sent) => Number(sent?.id));
    expect(ids).toEqual(Array.from({ length: 5_004 }, (_, i) => i + 1));
  });
});
