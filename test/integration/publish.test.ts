import { spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { nanos } from '@nats-io/transport-node';
import { HTTP } from 'cloudevents';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventJson } from '../../src/http/views/event.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { GrowingLog } from '../support/growingLog.ts';
import { PublishStage, type Received, upTo } from '../support/nats/publishStage.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';

let nats: NatsServer;
let stage: PublishStage;

function logOf(count: number, sku = 'a'): GrowingLog {
  const log = new GrowingLog(createRuntime().timers);
  log.append(upTo(count).map(() => sku));
  return log;
}

/** A log as a publisher takes it. */
const from = (log: GrowingLog) => ({ store: log, ledger: log });

const ids = (received: readonly Received[]) => received.map(({ json }) => Number(json.id));
const skus = (received: readonly Received[]) => received.map(({ json }) => json.data['sku']);

describe.runIf(hasNatsServer())('the log as it is published', () => {
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.close());
  beforeEach(() => {
    stage = new PublishStage(() => nats.url);
  });
  afterEach(async () => {
    await stage.close();
    await stage.ask(async (jsm) => {
      for (const name of await jsm.streams.names().next()) await jsm.streams.delete(name);
    });
  });

  it('comes as CloudEvents that their SDK takes, with what the API shows as data', async () => {
    const log = logOf(0);
    log.append(['MUG/1', 'ä b']);
    const { told } = stage.publish(from(log));
    await told.until(() => told.count === 2);
    const received = await stage.read();
    const headers = { 'content-type': 'application/cloudevents+json' };
    const events = received.map(({ json }) =>
      HTTP.toEvent({ headers, body: JSON.stringify(json) }),
    );
    expect(events).toMatchObject([
      {
        specversion: '1.0',
        id: '1',
        source: 'urn:holdfast:node:shop.1',
        type: 'holdfast.product_changed',
        subject: 'MUG%2F1/',
        time: '1970-01-01T00:00:00.001Z',
        datacontenttype: 'application/json',
        data: log.written.slice(0, 1).map((event) => eventJson(event, 'shop.1'))[0],
      },
      { id: '2', subject: '%C3%A4%20b/' },
    ]);
    const [first] = received;
    expect(first?.ofHeader('Content-Type')).toBe('application/cloudevents+json');
    expect(first?.ofHeader('Nats-Msg-Id')).toBe('1');
  });

  it('comes in order, each event once, numbered as the log is', async () => {
    const log = logOf(500);
    const { told } = stage.publish(from(log));
    await told.until(() => told.count === 500);
    log.append(['b', 'c']);
    await told.until(() => told.count === 502);
    const received = await stage.read();
    expect(ids(received)).toEqual(upTo(502));
    expect(received.map(({ seq }) => seq)).toEqual(upTo(502));
    expect(stage.remarks).toEqual([]);
  });

  it('reaches a consumer that was down while 1,000 events came', async () => {
    const log = logOf(10);
    const { told } = stage.publish(from(log));
    await told.until(() => told.count === 10);
    await stage.ask((jsm) =>
      jsm.consumers.add(stage.stream, { durable_name: 'search', ack_policy: 'explicit' }),
    );
    const read = (count: number) =>
      stage.ask(async (_, connection) => {
        const { jetstream } = await import('@nats-io/jetstream');
        const consumer = await jetstream(connection).consumers.get(stage.stream, 'search');
        const seen: number[] = [];
        for await (const message of await consumer.fetch({ max_messages: count })) {
          seen.push(Number(message.json<Received['json']>().id));
          await message.ackAck();
        }
        return seen;
      });
    expect(await read(10)).toEqual(upTo(10));
    log.append(upTo(1_000).map(() => 'b'));
    await told.until(() => told.count === 1_010);
    expect(await read(1_000)).toEqual(upTo(1_010).slice(10));
  });

  it('takes each event only after the one before it, whoever sends it and however late', async () => {
    const entries = logOf(20).written.map((event) => ({ event, digest: 'd' }));
    const [one, other] = [stage.broker(), stage.broker()];
    await one.end();
    expect(await one.append(entries.slice(0, 10))).toEqual({ count: 10, wasOvertaken: false });
    expect(await other.append(entries.slice(11))).toEqual({ count: 0, wasOvertaken: true });
    expect(await other.append(entries.slice(4, 12))).toEqual({ count: 0, wasOvertaken: true });
    expect(ids(await stage.read())).toEqual([...upTo(10), 11, 12]);
    await Promise.all([one.close(), other.close()]);
  });

  it('goes on where it was after the publisher was gone', async () => {
    const log = logOf(300);
    const first = stage.publish(from(log));
    await first.told.until(() => first.told.count > 0);
    await stage.close();
    log.append(['b']);
    const { told, publisher } = stage.publish(from(log));
    await told.until(() => publisher.status().position === 301);
    expect(ids(await stage.read())).toEqual(upTo(301));
  });

  it('is found by another process that writes without a word', async () => {
    const log = logOf(1);
    const { told } = stage.publish(from(log));
    await told.until(() => told.count === 1);
    log.append(['b'], { ours: false });
    await told.until(() => told.count === 2);
  });

  describe('while NATS falls over', () => {
    it('is whole after the server was killed in the middle, again and again', async () => {
      const log = logOf(6_000);
      const { told, publisher } = stage.publish(from(log));
      const position = () => publisher.status().position ?? 0;
      for (const killedAt of [500, 2_000, 4_000]) {
        await told.until(() => position() >= killedAt);
        await nats.kill();
        await told.until(() => publisher.status().problem !== null);
        await nats.start();
      }
      await told.until(() => position() === 6_000);
      expect(ids(await stage.read())).toEqual(upTo(6_000));
      expect(publisher.status()).toEqual({ position: 6_000, problem: null, isRefused: false });
    });

    it('waits for a server that is not there yet', async () => {
      await nats.kill();
      const { told, publisher } = stage.publish(from(logOf(3)));
      await told.until(() => told.failures.length > 1);
      expect(publisher.status()).toEqual({
        position: undefined,
        problem: 'NATS: connection refused',
        isRefused: false,
      });
      await nats.start();
      await told.until(() => told.count === 3);
    });

    it('fills up a stream that has lost its end', async () => {
      const log = logOf(400);
      const { told, publisher } = stage.publish(from(log));
      await told.until(() => told.count === 400);
      const copy = `${nats.storeFolder}-copy`;
      await nats.kill();
      // The server runs as another account, to which its files must belong.
      spawnSync('cp', ['-a', nats.storeFolder, copy]);
      await nats.start();
      log.append(upTo(300).map(() => 'b'));
      await told.until(() => publisher.status().position === 700);
      await nats.kill();
      rmSync(nats.storeFolder, { recursive: true });
      renameSync(copy, nats.storeFolder);
      await nats.start();
      await told.until(() => told.count === 1_000);
      expect(told.resumptions.at(-1)).toBe(400);
      expect(ids(await stage.read())).toEqual(upTo(700));
    });
  });

  describe('by several servers of one node', () => {
    // Without the help of JetStream's memory of what it has seen before.
    beforeEach(() => stage.make({ duplicate_window: nanos(100) }));

    it('is neither doubled nor out of order', async () => {
      const log = logOf(3_000);
      const running = upTo(3).map(() => stage.publish(from(log)));
      const isDone = () => running.some(({ publisher }) => publisher.status().position === 5_000);
      const [first] = running;
      await first?.told.until(() => first.told.count + first.told.standings.length > 0);
      log.append(upTo(2_000).map(() => 'b'));
      await first?.told.until(isDone);
      expect(ids(await stage.read())).toEqual(upTo(5_000));
      expect(running.reduce((sum, { told }) => sum + told.count, 0)).toBeLessThanOrEqual(5_000);
      expect(running.filter(({ told }) => told.refusal !== undefined)).toEqual([]);
    });

    it('is taken over by another when the one that published is gone', async () => {
      const log = logOf(2_000);
      const running = upTo(2).map(() => stage.publish(from(log)));
      for (const { told, publisher } of running) {
        await told.until(() => publisher.status().position === 2_000);
      }
      log.append(['b']);
      const [first, second] = running;
      await first?.told.until(() =>
        [first, second].some((r) => r?.publisher.status().position === 2_001),
      );
      await first?.publisher.close();
      log.append(['c']);
      await second?.told.until(() => second.publisher.status().position === 2_002);
      expect(ids(await stage.read())).toEqual(upTo(2_002));
    });
  });

  it('is not mixed with that of another node that begins at once under the same name', async () => {
    const told = [logOf(300, 'a'), logOf(300, 'b')].map((log) => stage.publish(from(log)).told);
    const isOver = () =>
      told.some(({ count }) => count === 300) && told.some(({ refusal }) => refusal !== undefined);
    await told[0]?.until(isOver);
    expect(ids(await stage.read())).toEqual(upTo(300));
    expect(new Set(skus(await stage.read())).size).toBe(1);
  });

  describe('of a database that was set back', () => {
    it('is not published while it is shorter than what was published', async () => {
      const log = logOf(100);
      const first = stage.publish(from(log));
      await first.told.until(() => first.told.count === 100);
      await stage.close();
      const { told, publisher } = stage.publish(from(logOf(90)));
      await told.until(() => told.refusal !== undefined);
      expect(publisher.status()).toMatchObject({ position: undefined, isRefused: true });
      expect(told.refusal).toMatch(/goes up to position 100, and the log only to 90\. Either/);
    });

    it('is not published when it has grown past it in another way', async () => {
      const log = logOf(100);
      const first = stage.publish(from(log));
      await first.told.until(() => first.told.count === 100);
      await stage.close();
      const other = logOf(90);
      other.append(upTo(50).map(() => 'other'));
      const { told } = stage.publish(from(other));
      await told.until(() => told.refusal !== undefined);
      expect(told.refusal).toMatch(/^the event at position 100 of the log is another one/);
      expect(skus(await stage.read())).not.toContain('other');
    });

    it.each([90, 99])('is not published when that happens under way, to %i', async (length) => {
      const log = logOf(100);
      const { told } = stage.publish(from(log));
      await told.until(() => told.count === 100);
      log.written.length = length;
      log.append(upTo(50).map(() => 'other'));
      await told.until(() => told.refusal !== undefined);
      expect(told.refusal).toMatch(/^the event at position 100 of the log is another one/);
      expect(ids(await stage.read())).toEqual(upTo(100));
    });

    it('is published once the old stream was set aside, which is kept', async () => {
      const first = stage.publish(from(logOf(100)));
      await first.told.until(() => first.told.count === 100);
      await stage.close();
      const { told } = stage.publish(from(logOf(90, 'other')));
      await told.until(() => told.refusal !== undefined);
      await stage.ask(async (jsm) => {
        const { config } = await jsm.streams.info(stage.stream);
        await jsm.streams.update(stage.stream, { ...config, subjects: ['old.events'] });
        await jsm.streams.add({ name: 'ANEW', subjects: [stage.subject] });
      });
      await told.until(() => told.count === 90);
      expect((await stage.info()).state.messages).toBe(100);
    });
  });

  describe('into a stream that its owner looks after', () => {
    it('goes on after the last event when the stream was emptied', async () => {
      const log = logOf(100);
      const first = stage.publish(from(log));
      await first.told.until(() => first.told.count === 100);
      await stage.close();
      await stage.ask((jsm) => jsm.streams.purge(stage.stream));
      await nats.kill();
      await nats.start();
      log.append(['b', 'c']);
      const { told } = stage.publish(from(log));
      await told.until(() => told.count === 2);
      expect(ids(await stage.read())).toEqual([101, 102]);
    });

    it('goes on after the last event when that has been removed', async () => {
      const log = logOf(100);
      const { told } = stage.publish(from(log));
      await told.until(() => told.count === 100);
      await stage.ask((jsm) => jsm.streams.deleteMessage(stage.stream, 100));
      const second = stage.publish(from(log));
      await second.told.until(() => second.told.resumptions.length > 0);
      log.append(['b']);
      await told.until(() => told.count + second.told.count === 101);
      expect(ids(await stage.read())).toEqual([...upTo(99), 101]);
    });

    it('begins at the beginning when the stream was deleted', async () => {
      const log = logOf(100);
      const { told } = stage.publish(from(log));
      await told.until(() => told.count === 100);
      await stage.ask((jsm) => jsm.streams.delete(stage.stream));
      log.append(['b']);
      await told.until(() => told.count === 201);
      expect(ids(await stage.read())).toEqual(upTo(101));
    });

    it('makes the stream as the settings say', async () => {
      const { told } = stage.publish(from(logOf(1)), { maxAgeMs: 86_400_000, maxBytes: 5_000_000 });
      await told.until(() => told.count === 1);
      expect((await stage.info()).config).toMatchObject({
        name: 'HOLDFAST_EVENTS_shop=2E1',
        subjects: ['holdfast.shop=2E1.events'],
        retention: 'limits',
        storage: 'file',
        discard: 'old',
        max_age: 86_400_000 * 1_000_000,
        max_bytes: 5_000_000,
        num_replicas: 1,
      });
    });

    it.each([
      [{ subjects: ['holdfast.*.events'] }, 'takes holdfast.*.events; it must take'],
      [
        { subjects: ['holdfast.shop=2E1.events', 'other'] },
        'takes holdfast.shop=2E1.events, other;',
      ],
      [{ no_ack: true }, 'acknowledges nothing'],
    ])('refuses one that would break the promise: %j', async (config, message) => {
      await stage.make(config);
      const { told } = stage.publish(from(logOf(1)));
      await told.until(() => told.refusal !== undefined);
      expect(told.refusal).toContain(`the stream HOLDFAST_EVENTS_shop=2E1 ${message}`);
      expect((await stage.info()).state.messages).toBe(0);
    });

    it('refuses one that is filled from another one', async () => {
      await stage.ask((jsm) => jsm.streams.add({ name: 'OTHER', subjects: ['other'] }));
      await stage.make({ sources: [{ name: 'OTHER' }] });
      const { told } = stage.publish(from(logOf(1)));
      await told.until(() => told.refusal !== undefined);
      expect(told.refusal).toContain('is filled from other streams');
    });

    it('refuses to go on after what somebody else has put there', async () => {
      const log = logOf(3);
      const { told } = stage.publish(from(log));
      await told.until(() => told.count === 3);
      await stage.ask((jsm) => jsm.jetstream().publish(stage.subject, 'rubbish'));
      log.append(['b']);
      await told.until(() => told.refusal !== undefined);
      expect(told.refusal).toContain('was not published by this node');
    });

    it('says what its settings may keep from readers', async () => {
      await stage.make({ storage: 'memory', retention: 'interest', discard: 'new' });
      const { told } = stage.publish(from(logOf(3)));
      await told.until(() => told.resumptions.length > 0);
      expect(
        stage.remarks.map((remark) => remark.slice('the stream '.length).split(',')[0]),
      ).toEqual([
        'HOLDFAST_EVENTS_shop=2E1 has the retention "interest"',
        'HOLDFAST_EVENTS_shop=2E1 is kept in memory: after a restart of NATS it is filled from the beginning again',
        'HOLDFAST_EVENTS_shop=2E1 takes nothing more once it is full',
      ]);
    });

    it('waits while a stream is full that removes nothing', async () => {
      await stage.make({ discard: 'new', max_msgs: 5 });
      const log = logOf(8);
      const { told, publisher } = stage.publish(from(log));
      await told.until(() => told.failures.length > 1);
      expect(publisher.status()).toMatchObject({ position: 5, isRefused: false });
      expect(publisher.status().problem).toMatch(/maximum messages exceeded/);
      await stage.ask(async (jsm) => {
        const { config } = await jsm.streams.info(stage.stream);
        await jsm.streams.update(stage.stream, { ...config, max_msgs: 100 });
      });
      await told.until(() => publisher.status().position === 8);
      expect(ids(await stage.read())).toEqual(upTo(8));
    });
  });
});

describe.runIf(hasNatsServer())('an event that is larger than the server takes', () => {
  it('stops those behind it, and says which it is', async () => {
    nats = await startNats({ configuration: 'max_payload: 2048' });
    stage = new PublishStage(() => nats.url);
    try {
      const log = logOf(3);
      log.append(['x'.repeat(2_000), 'b']);
      const { told, publisher } = stage.publish(from(log));
      await told.until(() => told.refusal !== undefined);
      expect(told.refusal).toMatch(/^the event at position 4 takes 4\d\d\d bytes, and the server/);
      expect(publisher.status().position).toBe(3);
    } finally {
      await stage.close();
      await nats.close();
    }
  });
});
