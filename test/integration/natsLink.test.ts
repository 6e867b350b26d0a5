import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MESSAGE_BYTES_MAX } from '../../src/nodes/nats/options.ts';
import { subjectsOf } from '../../src/nodes/nats/subjects.ts';
import { DialRefusedError } from '../../src/nodes/transport.ts';
import type { LinkProxy } from '../support/linkProxy.ts';
import { lineTo } from '../support/nats/line.ts';
import {
  NatsStage,
  type NatsStageOptions,
  untilClosed,
  untilTexts,
} from '../support/nats/linkStage.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';

const HEARTBEAT = { intervalMs: 50, silentIntervalsMax: 10, stuckIntervalsMax: 30 };

let server: NatsServer;
let stage: NatsStage;
let line: LinkProxy;
let eavesdropper: NatsConnection;
let overhearing: Subscription[] = [];

function open(options: Partial<NatsStageOptions> = {}): NatsStage {
  stage = new NatsStage({ hubAt: server.url, ...options });
  return stage;
}

/** A shop whose line to the server can be made bad. */
function openBehindLine(options: Partial<NatsStageOptions> = {}): NatsStage {
  return open({ shopAt: `nats://${new URL(line.url).host}`, ...options });
}

/** Both ends of a link, and everything that has passed since it was dialled. */
async function overheard() {
  // A hub that is there already: where somebody listens, nobody is told that it is not.
  await open().connect();
  const heard: Msg[] = [];
  const callback = (_error: Error | null, message: Msg) => void heard.push(message);
  overhearing.push(eavesdropper.subscribe('holdfast.>', { callback }));
  await eavesdropper.flush();
  return { ...(await stage.connect()), heard };
}

async function removeStream(hub = 'hub'): Promise<void> {
  const jsm = await jetstreamManager(eavesdropper);
  await jsm.streams.delete(subjectsOf(hub).stream);
}

describe.skipIf(!hasNatsServer())('a link over NATS', () => {
  beforeAll(async () => {
    server = await startNats();
    line = await lineTo(server);
    eavesdropper = await connect({ servers: server.url });
  });
  afterAll(async () => {
    await eavesdropper.close();
    line.close();
    await server.close();
  });
  afterEach(async () => {
    for (const subscription of overhearing) subscription.unsubscribe();
    overhearing = [];
    await stage.close();
  });

  describe('delivers a message', () => {
    it('whole and in order, however long it and those before it are', async () => {
      const { shop, hub } = await open().connect();
      const texts = Array.from({ length: 500 }, (_, i) => `${i} ${'é€😀'.repeat((i % 7) ** 4)}`);
      const heard = [hub, shop].map((end) => untilTexts(end, texts.length));
      for (const text of texts) {
        shop.send(text);
        hub.send(text);
      }
      for (const one of heard) expect(await one).toEqual(texts);
    });

    it('that is larger than what the server takes in one piece', async () => {
      const { shop, hub } = await open().connect();
      const text = randomBytes(3_000_000).toString('base64');
      const heard = untilTexts(hub, 1);
      shop.send(text);
      expect(shop.buffered).toBeGreaterThan(3_000_000);
      expect(await heard).toEqual([text]);
    });

    it('that came before anybody listened', async () => {
      const { shop } = await open({ greeting: 'hello' }).connect();
      await pause(50);
      expect(await untilTexts(shop, 1)).toEqual(['hello']);
    });

    it('that was sent while the line was cut for a moment', async () => {
      const { shop, hub } = await openBehindLine().connect();
      const texts = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(i * 200)}`);
      const heard = [untilTexts(hub, texts.length), untilTexts(shop, texts.length)];
      for (const [i, text] of texts.entries()) {
        if (i === 100) line.cut();
        shop.send(text);
        hub.send(text);
      }
      for (const one of heard) expect(await one).toEqual(texts);
    });

    it('to a hub with an odd name', async () => {
      const { shop, hub } = await open({ hub: 'hub.of the >east*' }).connect();
      const heard = untilTexts(hub, 1);
      shop.send('here');
      expect(await heard).toEqual(['here']);
    });
  });

  describe('counts what the broker has not taken', () => {
    it('until it is taken', async () => {
      const { shop, hub } = await openBehindLine().connect();
      const texts = Array.from({ length: 20 }, (_, i) => i + randomBytes(100_000).toString('hex'));
      const heard = untilTexts(hub, texts.length);
      line.freeze();
      for (const text of texts) shop.send(text);
      expect(shop.buffered).toBeGreaterThan(2_000_000);
      line.thaw();
      expect(await heard).toEqual(texts);
      await expect.poll(() => shop.buffered).toBe(0);
    });
  });

  describe('ends', () => {
    it.each(['shop', 'hub'] as const)('for both with the reason of the %s', async (ender) => {
      const ends = await open().connect();
      const other = ender === 'shop' ? ends.hub : ends.shop;
      const closed = [untilClosed(ends.shop), untilClosed(ends.hub)];
      const last = untilTexts(other, 1);
      ends[ender].send('the last word');
      ends[ender].close('a newer session has begun');
      ends[ender].send('late');
      expect(await last).toEqual(['the last word']);
      expect(await Promise.all(closed)).toEqual(Array(2).fill('a newer session has begun'));
      expect(ends.shop.buffered + ends.hub.buffered).toBe(0);
    });

    it('when the hub goes, which takes no more', async () => {
      const { shop } = await open().connect();
      const closed = untilClosed(shop);
      await stage.closeHub();
      expect(await closed).toBe('the server is going away');
      await expect(stage.dial()).rejects.toThrow('no hub named hub answers there');
    });

    it('when a message is too large', async () => {
      const { shop, hub } = await open().connect();
      const closed = [untilClosed(shop), untilClosed(hub)];
      const heard = untilTexts(hub, 1);
      shop.send('a'.repeat(MESSAGE_BYTES_MAX));
      shop.send('a'.repeat(MESSAGE_BYTES_MAX + 1));
      expect((await heard).map(({ length }) => length)).toEqual([MESSAGE_BYTES_MAX]);
      expect(await Promise.all(closed)).toEqual(Array(2).fill('a message was too large'));
    });

    it('when nothing is heard of the peer any more', async () => {
      const { shop, hub } = await openBehindLine({ heartbeat: HEARTBEAT }).connect();
      const closed = [untilClosed(shop), untilClosed(hub)];
      line.freeze();
      for (const reason of await Promise.all(closed)) {
        expect(reason).toMatch(/nothing was heard of the peer for 500 ms|listens no more/);
      }
      line.thaw();
    });

    it('when the peer listens no more', async () => {
      const { hub } = await openBehindLine({
        heartbeat: { ...HEARTBEAT, silentIntervalsMax: 1_000 },
      }).connect();
      const closed = untilClosed(hub);
      line.refuse();
      line.cut();
      expect(await closed).toBe('the peer listens no more');
      await line.accept();
    });

    it('when its stream is gone, and the next has another', async () => {
      const { shop } = await open({ heartbeat: HEARTBEAT }).connect();
      const closed = untilClosed(shop);
      await removeStream();
      shop.send('x'.repeat(100_000));
      expect(await closed).toMatch(/the stream/);
      await expect.poll(() => stage.dial().catch(String), { timeout: 10_000 }).toBeTypeOf('object');
    });

    it('when the server freezes, and begins again when it thaws', async () => {
      const { shop, hub } = await open({ heartbeat: HEARTBEAT }).connect();
      const closed = [untilClosed(shop), untilClosed(hub)];
      server.freeze();
      for (const reason of await Promise.all(closed)) expect(reason).toMatch(/nothing was heard/);
      server.thaw();
      await stage.connect();
    });
  });

  describe('to whoever uses the same servers', () => {
    it('shows neither the secret nor what is said', async () => {
      const { shop, hub, heard } = await overheard();
      const arrived = untilTexts(hub, 1);
      shop.send('a word that nobody else is to read');
      await arrived;
      await eavesdropper.flush();
      expect(heard.length).toBeGreaterThan(3);
      for (const { data } of heard) {
        const said = Buffer.from(data).toString('latin1');
        expect(said).not.toContain('hush');
        expect(said).not.toContain('nobody else');
      }
    });

    it('gives no say: rubbish, copies and changed copies of what passes are nothing', async () => {
      const { shop, hub, heard } = await overheard();
      const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
      const arrived = untilTexts(hub, texts.length);
      for (const text of texts.slice(0, 25)) shop.send(text);
      await expect.poll(() => heard.filter(({ subject }) => /link/.test(subject)).length).toBe(25);
      for (const { subject, data } of [...heard]) {
        const changed = Buffer.from(data);
        changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
        for (const bytes of [data, data, changed, randomBytes(50), new Uint8Array()]) {
          eavesdropper.publish(subject, bytes);
        }
      }
      await eavesdropper.flush();
      for (const text of texts.slice(25)) shop.send(text);
      expect(await arrived).toEqual(texts);
    });

    it('does not let in who says again what a shop has said', async () => {
      const { heard } = await overheard();
      const said = heard.filter(({ subject }) => /\.(dial|prove)\b/.test(subject));
      expect(said).toHaveLength(2);
      const second = stage.nextAtHub();
      for (const { subject, data } of said) eavesdropper.publish(subject, data);
      await eavesdropper.flush();
      expect(await Promise.race([second, pause(200, 'nobody')])).toBe('nobody');
    });

    it('does not keep a shop out by false proofs in its name', async () => {
      await open().connect();
      const { prove } = subjectsOf('hub');
      const inFront = await lineTo(server);
      overhearing.push(
        eavesdropper.subscribe('_INBOX.>', {
          callback: (_error, message) => {
            const [, name = '', connection = ''] =
              /"server":"([^"]+)","connection":"([^"]+)"/.exec(message.string()) ?? [];
            const secret = randomBytes(30).toString('base64url');
            eavesdropper.publish(prove(name), JSON.stringify({ connection, secret }));
          },
        }),
      );
      inFront.delay(20);
      await stage.dial({ connect: () => connect({ servers: new URL(inFront.url).host }) });
      expect(stage.refused).toContain('store-12');
      inFront.close();
    });

    it('does not send the secret when another answers in the place of the hub', async () => {
      const { dial } = subjectsOf('impostor');
      const key = randomBytes(32).toString('base64url');
      const answer = { version: 1, server: 's', connection: 'c', key, proof: key, domain: null };
      eavesdropper.subscribe(dial, {
        callback: (_error, said) => void said.respond(JSON.stringify(answer)),
      });
      const shown: string[] = [];
      eavesdropper.subscribe(subjectsOf('impostor').prove('s'), {
        callback: (_error, said) => {
          shown.push(said.string());
          said.respond('{"verdict":"accepted"}');
        },
      });
      await expect(open().dial({ hub: 'impostor' })).rejects.toThrow(DialRefusedError);
      expect(shown).toEqual(['{"connection":"c","secret":""}']);
    });

    it.each(['', '{', '[]', '{"version":1,"node":"store-12","key":"AAAA"}', '{"version":1}'])(
      'answers nothing to %s on the subject of dials',
      async (said) => {
        await open().connect();
        const asked = eavesdropper.request(subjectsOf('hub').dial, said, { timeout: 100 });
        await expect(asked).rejects.toThrow('timeout');
      },
    );
  });

  describe('is refused', () => {
    it('to a node with another secret, and to one that nobody knows', async () => {
      await open().connect();
      for (const wrong of [{ secret: 'wrong' }, { node: 'store-13' }]) {
        await expect(stage.dial(wrong)).rejects.toThrow(DialRefusedError);
      }
      expect(stage.refused).toEqual(['store-12', 'store-13']);
    });

    it('for now, when the hub cannot tell who asks', async () => {
      open({ brokenHub: true });
      await expect(stage.connect()).rejects.toThrow('the hub cannot look up');
    });

    it('for now, when the servers are away, and made as soon as they are back', async () => {
      await server.kill();
      open();
      await expect(stage.dial()).rejects.toThrow(/connection refused/);
      await expect.poll(() => stage.faults.join()).toContain('links over NATS are not possible');
      await server.start();
      const { shop } = await stage.connect();
      expect(shop.buffered).toBe(0);
    });
  });

  it('may come to any server of a hub that has several', async () => {
    open();
    const other = new NatsStage({ hubAt: server.url });
    const both = Promise.all([stage.nextAtHub(), other.nextAtHub()]);
    let isMet = false;
    void both.then(() => {
      isMet = true;
    });
    while (!isMet) await stage.dialWhenReady();
    await other.close();
  });
});
