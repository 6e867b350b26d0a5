import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PublishingRefusedError } from '../../src/publish/errors.ts';
import { BrokerError } from '../../src/publish/nats/broker.ts';
import { sourceOf, streamNameOf, subjectOf } from '../../src/publish/nats/names.ts';
import { type Publisher, startPublisher } from '../../src/publish/publisher.ts';
import { createPublishLog } from '../../src/start/publishLog.ts';
import { GrowingLog } from '../support/growingLog.ts';
import { MemoryStream } from '../support/memoryBroker.ts';
import { Told } from '../support/nats/publishStage.ts';
import { seededRandom, VirtualTime } from '../support/virtualTime.ts';

let time: VirtualTime;
let log: GrowingLog;
let stream: MemoryStream;
let running: Publisher[];
beforeEach(() => {
  time = new VirtualTime();
  log = new GrowingLog(time);
  stream = new MemoryStream(seededRandom(1));
  running = [];
});
afterEach(async () => {
  for (const publisher of running) {
    const closed = publisher.close();
    await time.advance(1);
    await closed;
  }
});

function publish(of = log): Told {
  const told = new Told();
  const publisher = startPublisher({
    store: of,
    ledger: of,
    broker: stream.broker(),
    hash: (text) => hash('sha256', text),
    timers: time,
    stopwatch: time,
    random: seededRandom(running.length + 1),
    observer: told,
  });
  running.push(publisher);
  return told;
}

const positions = () => stream.kept.map(({ event }) => event.position);

describe('what is published', () => {
  it('goes out some milliseconds after the commit', async () => {
    publish();
    await time.advance(1);
    log.append(['a']);
    await time.advance(5);
    expect(positions()).toEqual([1]);
  });

  it('goes out without news from whoever has written it', async () => {
    publish();
    await time.advance(1);
    log.append(['a'], { ours: false });
    await time.advance(500);
    expect(positions()).toEqual([1]);
  });

  it('is looked at again when it was quiet for long, and filled up where its end is lost', async () => {
    log.append(['a', 'b', 'c']);
    publish();
    await time.advance(1_000);
    stream.kept.length = 1;
    await time.advance(28_000);
    expect(positions()).toEqual([1]);
    await time.advance(2_500);
    expect(positions()).toEqual([1, 2, 3]);
  });
});

describe('a stream that fails', () => {
  it('is tried again after pauses that grow to ten seconds', async () => {
    stream.fault = new BrokerError('gone');
    log.append(['a']);
    const told = publish();
    await time.advance(1_000);
    expect(stream.looks).toBeGreaterThan(3);
    await time.advance(60_000);
    const before = stream.looks;
    await time.advance(60_000);
    expect(stream.looks - before).toBeLessThanOrEqual(12);
    expect(told.failures).toHaveLength(stream.looks);
    stream.fault = null;
    await time.advance(10_000);
    expect(positions()).toEqual([1]);
    expect(running[0]?.status()).toEqual({ position: 1, problem: null, isRefused: false });
  });

  it('is asked six times a minute at most where somebody has to look first', async () => {
    stream.fault = new PublishingRefusedError('not like that');
    publish();
    await time.advance(60_000);
    expect(stream.looks).toBeLessThanOrEqual(12);
    expect(running[0]?.status()).toMatchObject({ problem: 'not like that', isRefused: true });
  });

  it('does not keep a server from closing', async () => {
    stream.fault = new BrokerError('gone');
    publish();
    await time.advance(60_000);
    const closed = running[0]?.close();
    await time.advance(0);
    await closed;
    running = [];
  });
});

describe('what somebody else has put into the stream', () => {
  /** Ten messages that are not of this log. */
  const strange = () => {
    const other = new GrowingLog(time);
    other.append(Array.from({ length: 10 }, () => 'z'));
    return other.written.map((event) => ({ event, digest: 'not ours' }));
  };

  it('is not taken for what was published', async () => {
    log.append(['a', 'b']);
    stream.kept.push(...strange());
    publish();
    await time.advance(1_000);
    expect(running[0]?.status()).toMatchObject({ position: undefined, isRefused: true });
  });

  it('does not count with what was published before', async () => {
    log.append(['a', 'b']);
    publish();
    await time.advance(1_000);
    stream.kept.push(...strange().slice(2));
    log.append(['c']);
    await time.advance(5_000);
    expect(running[0]?.status()).toMatchObject({ position: 2, isRefused: true });
  });
});

describe('several servers of one node', () => {
  async function race(): Promise<readonly Told[]> {
    const told = [publish(), publish()];
    await time.advance(10);
    log.append(['a']);
    await time.advance(50);
    log.append(['b']);
    await time.advance(3_000);
    return told;
  }

  it('leave it to the one that was first', async () => {
    await race();
    const before = stream.attempts;
    for (let sale = 0; sale < 20; sale += 1) {
      log.append(['c']);
      await time.advance(700);
    }
    expect(stream.attempts - before).toBe(20);
    expect(positions()).toHaveLength(22);
  });

  it('take over within seconds when it is gone', async () => {
    const told = await race();
    const first = told.findIndex(({ standings }) => standings.length === 0);
    const [gone] = running.splice(first, 1);
    const closed = gone?.close();
    await time.advance(1);
    await closed;
    log.append(['c']);
    await time.advance(3_000);
    expect(positions()).toEqual([1, 2, 3]);
  });
});

describe('two nodes of one name', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
    'do not mix their logs when they begin at once: seed %i',
    async (seed) => {
      stream = new MemoryStream(seededRandom(seed));
      const told = ['a', 'b'].map((sku) => {
        const own = new GrowingLog(time);
        own.append(Array.from({ length: 20 }, () => sku));
        return publish(own);
      });
      for (let step = 0; step < 50; step += 1) await time.advance(100);
      expect(positions()).toHaveLength(20);
      expect(new Set(stream.kept.map(({ event }) => event.sku)).size).toBe(1);
      expect(told.filter(({ refusal }) => refusal !== undefined)).toHaveLength(1);
    },
  );
});

describe('the names of a node', () => {
  it.each([
    ['store-12', 'store-12', 'store-12'],
    ['shop.1', 'shop=2E1', 'shop.1'],
    ['shop_1', 'shop_1', 'shop_1'],
    ['a>b*c d', 'a=3Eb=2Ac=20d', 'a%3Eb*c%20d'],
    ['ä', '=C3=A4', '%C3%A4'],
    ['a=b%', 'a=3Db=25', 'a%3Db%25'],
  ])('%s are single tokens, which no other node has', (node, token, encoded) => {
    expect(subjectOf(node)).toBe(`holdfast.${token}.events`);
    expect(streamNameOf(node)).toBe(`HOLDFAST_EVENTS_${token}`);
    expect(sourceOf(node)).toBe(`urn:holdfast:node:${encoded}`);
  });
});

describe('the log of publishing', () => {
  it('says what repeats itself once, and again after something else', () => {
    const lines: string[] = [];
    const say = (level: string) => (fields: object) =>
      lines.push([level, ...Object.values(fields)].join(' '));
    const logger = {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
    };
    const inner = new Told();
    const observer = createPublishLog(logger, inner);
    observer.resumed(3);
    observer.resumed(4);
    observer.failed(new BrokerError('gone'));
    observer.failed(new BrokerError('gone'));
    observer.resumed(5);
    observer.stoodBy(6);
    observer.stoodBy(7);
    observer.failed(new PublishingRefusedError('no'));
    observer.failed(new Error('a fault'));
    expect(lines).toEqual([
      'info 3',
      'warn gone',
      'debug gone',
      'info 5',
      'info 6',
      'error no',
      'error Error: a fault',
    ]);
    expect(inner.failures).toHaveLength(4);
    expect(inner.standings).toEqual([6, 7]);
  });
});
