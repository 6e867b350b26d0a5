import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DialRefusedError } from '../../src/nodes/transport.ts';
import { NatsStage, untilClosed, untilTexts } from '../support/nats/linkStage.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';

let server: NatsServer;
let stage: NatsStage;

describe.skipIf(!hasNatsServer())('over NATS', () => {
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.close());
  afterEach(() => stage.close());

  describe('a message', () => {
    it('comes whole and in order, however long it and those before it are', async () => {
      stage = new NatsStage({ hubAt: server.url });
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
      stage = new NatsStage({ hubAt: server.url, greeting: 'hello' });
      const { shop } = await stage.connect();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await untilTexts(shop, 1)).toEqual(['hello']);
    });
  });

  describe('the end of a connection', () => {
    it.each(['shop', 'hub'] as const)(
      'is told to both with the reason of the %s',
      async (ender) => {
        stage = new NatsStage({ hubAt: server.url });
        const ends = await stage.connect();
        const other = ender === 'shop' ? ends.hub : ends.shop;
        const closed = [untilClosed(ends.shop), untilClosed(ends.hub)];
        const last = untilTexts(other, 1);
        ends[ender].send('the last word');
        ends[ender].close('a newer session has begun');
        expect(await last).toEqual(['the last word']);
        expect(await Promise.all(closed)).toEqual(Array(2).fill('a newer session has begun'));
      },
    );
  });

  describe('a dial', () => {
    it('is refused to a node with another secret, and to one that nobody knows', async () => {
      stage = new NatsStage({ hubAt: server.url });
      await stage.connect();
      for (const wrong of [{ secret: 'wrong' }, { node: 'store-13' }]) {
        await expect(stage.dial(wrong)).rejects.toThrow(DialRefusedError);
      }
      expect(stage.refused).toEqual(['store-12', 'store-13']);
    });
  });
});
