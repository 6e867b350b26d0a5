import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createDialer, linkAddress } from '../../src/nodes/http/dialer.ts';
import { MESSAGE_BYTES_MAX } from '../../src/nodes/http/options.ts';
import { type Connection, DialRefusedError } from '../../src/nodes/transport.ts';
import { LinkStage } from '../support/linkStage.ts';

let stage: LinkStage;
afterEach(() => stage.close());

describe('a message', () => {
  it('comes whole and in order, however long it and those before it are', async () => {
    stage = await LinkStage.open();
    const { shop, hub } = await stage.connect();
    const texts = Array.from({ length: 500 }, (_, i) => `${i} ${'é€😀'.repeat((i % 7) ** 4)}`);
    const heard = [hub, shop].map((end) => untilTexts(end, texts.length));
    for (const text of texts) {
      shop.send(text);
      hub.send(text);
    }
    for (const one of heard) expect(await one).toEqual(texts);
  });

  it('that came before anybody listened is not lost', async () => {
    stage = await LinkStage.open({ greeting: 'hello' });
    const { shop } = await stage.connect();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await untilTexts(shop, 1)).toEqual(['hello']);
  });

  it('that the network does not take yet is counted, until it is taken', async () => {
    stage = await LinkStage.open();
    const proxy = await stage.proxy();
    const { shop, hub } = await stage.connect({ hub: proxy.url });
    proxy.freeze();
    const random = Array.from({ length: 40_000 }, () => Math.random()).join();
    const texts = Array.from({ length: 20 }, (_, i) => i + random);
    for (const text of texts) shop.send(text);
    expect(shop.buffered).toBeGreaterThan(1_000_000);
    const heard = untilTexts(hub, texts.length);
    proxy.thaw();
    expect(await heard).toEqual(texts);
    expect(shop.buffered).toBe(0);
  });

  it('is lost without a fault when the connection is closed', async () => {
    stage = await LinkStage.open();
    const { shop, hub } = await stage.connect();
    const closed = untilClosed(hub);
    shop.onText(() => undefined);
    hub.onText(() => undefined);
    shop.close('done');
    await closed;
    shop.send('late');
    hub.send('late');
    expect(shop.buffered + hub.buffered).toBe(0);
  });

  it('ends the connection when it is too large', async () => {
    stage = await LinkStage.open();
    const { shop, hub } = await stage.connect();
    const closed = [untilClosed(shop), untilClosed(hub)];
    const texts: string[] = [];
    hub.onText((text) => texts.push(text));
    shop.onText(() => undefined);
    shop.send('a'.repeat(MESSAGE_BYTES_MAX));
    shop.send('a'.repeat(MESSAGE_BYTES_MAX + 1));
    expect(await closed[0]).toBe('a message was too large');
    expect(await closed[1]).toContain('Max payload size exceeded');
    expect(texts.map(({ length }) => length)).toEqual([MESSAGE_BYTES_MAX]);
  });

  it.each([
    ['bytes', Buffer.from('abc'), true, 'a message was not text'],
    ['broken UTF-8', Buffer.from([0xc3, 0x28]), false, 'Invalid WebSocket frame: invalid UTF-8'],
  ])('ends the connection when it is %s', async (_what, bytes, binary, reason) => {
    stage = await LinkStage.open();
    const socket = new WebSocket(linkAddress(stage.url, 'store-12'), {
      headers: { authorization: 'Bearer hush' },
    });
    const closed = once(socket, 'close');
    const [hub] = await Promise.all([stage.nextAtHub(), once(socket, 'open')]);
    const hubClosed = untilClosed(hub);
    hub.onText(() => expect.unreachable());
    socket.send(bytes, { binary });
    expect(await hubClosed).toContain(reason);
    expect((await closed)[0]).toBe(binary ? 1003 : 1007);
  });
});

describe('the end of a connection', () => {
  it.each(['shop', 'hub'] as const)('is told to both with the reason of the %s', async (ender) => {
    stage = await LinkStage.open();
    const ends = await stage.connect();
    const closed = [untilClosed(ends.shop), untilClosed(ends.hub)];
    for (const end of [ends.shop, ends.hub]) end.onText(() => undefined);
    ends[ender].close('a newer session has begun');
    expect(await Promise.all(closed)).toEqual(Array(2).fill('a newer session has begun'));
  });

  it('is told although nobody has listened yet, and to who listens later', async () => {
    stage = await LinkStage.open();
    const { shop, hub } = await stage.connect();
    hub.close('ü'.repeat(100));
    expect(await untilClosed(hub)).toBe('ü'.repeat(100));
    shop.onText(() => undefined);
    expect(await untilClosed(shop)).toBe('ü'.repeat(61));
    expect(await untilClosed(shop)).toBe('ü'.repeat(61));
  });

  it('is noticed at once when the connection breaks', async () => {
    stage = await LinkStage.open();
    const proxy = await stage.proxy();
    const { shop, hub } = await stage.connect({ hub: proxy.url });
    const closed = [untilClosed(shop), untilClosed(hub)];
    for (const end of [shop, hub]) end.onText(() => undefined);
    proxy.cut();
    for (const reason of await Promise.all(closed)) expect(reason).toMatch(/ECONNRESET|broke/);
  });

  it('does not wait for a peer that does not answer', async () => {
    stage = await LinkStage.open();
    const proxy = await stage.proxy();
    const { shop } = await stage.connect({ hub: proxy.url });
    shop.onText(() => undefined);
    proxy.freeze();
    shop.close('done');
    expect(await untilClosed(shop)).toBe('done');
  });
});

describe('a peer that is gone without a word', () => {
  const heartbeat = { intervalMs: 50, silentIntervalsMax: 5 };

  it('is noticed at both ends', async () => {
    stage = await LinkStage.open({ heartbeat });
    const proxy = await stage.proxy();
    const { shop, hub } = await stage.connect({ hub: proxy.url });
    const closed = [untilClosed(shop), untilClosed(hub)];
    for (const end of [shop, hub]) end.onText(() => undefined);
    proxy.freeze();
    expect(await Promise.all(closed)).toEqual(
      Array(2).fill('nothing was heard of the peer for 250 ms'),
    );
  });

  it('is not one that is only slow', async () => {
    stage = await LinkStage.open({ heartbeat });
    const proxy = await stage.proxy();
    const { shop, hub } = await stage.connect({ hub: proxy.url });
    // A pong comes later than the heartbeat allows for silence, and the peer's own pings come all the time.
    proxy.delay(150);
    const heard = untilTexts(hub, 1);
    shop.send('one');
    expect(await heard).toEqual(['one']);
    const answer = untilTexts(shop, 1);
    hub.send('two');
    expect(await answer).toEqual(['two']);
  });
});

describe('a dial', () => {
  it('is refused with what the hub says', async () => {
    stage = await LinkStage.open();
    for (const wrong of [
      { secret: 'wrong' },
      { node: 'store-13' },
      { node: 'a\0b' },
      { node: '..' },
    ]) {
      await expect(stage.dial(wrong)).rejects.toThrow(DialRefusedError);
    }
    await expect(stage.dial({ secret: 'wrong' })).rejects.toThrow(
      'This hub does not know a node store-12, or its token is another one.',
    );
    expect(stage.log).toContainEqual(
      expect.objectContaining({ route: '/v1/links/:node', status: 401, method: 'GET' }),
    );
  });

  it('is refused where there is no hub', async () => {
    stage = await LinkStage.open({ noHub: true });
    const dialled = stage.dial();
    await expect(dialled).rejects.toThrow(DialRefusedError);
    await expect(dialled).rejects.toThrow(/^ws:.*: there is no hub at this address/);
  });

  it('may be tried again when the hub cannot tell who asks', async () => {
    stage = await LinkStage.open({ brokenHub: true });
    const dialled = stage.dial();
    await expect(dialled).rejects.toThrow('the hub answered with status 500');
    await expect(dialled).rejects.not.toThrow(DialRefusedError);
  });

  it('fails when nobody is there, or nobody answers in time', async () => {
    stage = await LinkStage.open();
    const proxy = await stage.proxy();
    proxy.freeze();
    await expect(stage.dial({ hub: proxy.url, connectMs: 50 })).rejects.toThrow('timed out');
    proxy.close();
    await expect(stage.dial({ hub: proxy.url })).rejects.toThrow('ECONNREFUSED');
  });

  it('goes to the path below the address of the hub', () => {
    expect(linkAddress('http://hub:8080', 'a')).toBe('ws://hub:8080/v1/links/a');
    expect(linkAddress('https://hub/', 'a')).toBe('wss://hub/v1/links/a');
    expect(linkAddress('https://[::1]:1/stock/', 'a')).toBe('wss://[::1]:1/stock/v1/links/a');
  });
});

describe('the route of links', () => {
  it.each([[[]], [[{ name: 'till', secret: 'key' }]]])(
    'needs the secret of the link and nothing else: with keys %j',
    async (apiKeys) => {
      stage = await LinkStage.open({ apiKeys });
      const address = linkAddress(stage.url, 'store-12');
      const headers = { authorization: 'Bearer hush', host: 'hub.example' };
      const socket = new WebSocket(address, { headers });
      await once(socket, 'open');
      socket.terminate();
      const byKey = createDialer({ hub: stage.url, node: 'store-12' });
      await expect(byKey.dial('key')).rejects.toThrow(DialRefusedError);
    },
  );

  it('tells who comes without a WebSocket', async () => {
    stage = await LinkStage.open();
    const headers = { authorization: 'Bearer hush' };
    const answer = await fetch(`${stage.url}/v1/links/store-12`, { headers });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('WebSocket') });
  });

  it('is the only one that takes WebSockets', async () => {
    stage = await LinkStage.open();
    for (const path of ['/healthz', '/v1/stock', '/v1/links', '/none']) {
      const socket = new WebSocket(`${stage.url.replace('http', 'ws')}${path}`);
      const [error] = await once(socket, 'error');
      expect(error).toMatchObject({ message: expect.stringMatching(/server response: (200|404)/) });
    }
  });

  it('ends links when the server closes, and takes no more', async () => {
    stage = await LinkStage.open();
    const ends = await Promise.all([stage.connect(), stage.connect()]);
    const all = ends.flatMap(({ shop, hub }) => [shop, hub]);
    for (const end of all) end.onText(() => undefined);
    const closed = Promise.all(all.map(untilClosed));
    await stage.app.close();
    expect(await closed).toEqual(Array(4).fill('the server is going away'));
  });
});

describe('many shops', () => {
  it('cost their hub little memory while they are quiet', async () => {
    stage = await LinkStage.open();
    const shops = 200;
    const before = memoryBytes();
    for (let i = 0; i < shops; i += 1) {
      const { shop, hub } = await stage.connect();
      for (const end of [shop, hub]) end.onText(() => undefined);
    }
    const each = (memoryBytes() - before) / shops;
    // Both ends are in this process.
    expect(each).toBeLessThan(200 * 1_024);
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function memoryBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function untilTexts(end: Connection, count: number): Promise<readonly string[]> {
  const texts: string[] = [];
  return new Promise((resolve, reject) => {
    end.onClose(reject);
    end.onText((text) => {
      if (texts.push(text) === count) resolve(texts);
    });
  });
}

function untilClosed(end: Connection): Promise<string> {
  return new Promise((resolve) => end.onClose(resolve));
}
