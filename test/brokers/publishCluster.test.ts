import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRuntime } from '../../src/start/runtime.ts';
import { GrowingLog } from '../support/growingLog.ts';
import { NatsCluster } from '../support/nats/cluster.ts';
import { PublishStage, upTo } from '../support/nats/publishStage.ts';
import { hasNatsServer, type NatsServer } from '../support/nats/server.ts';

// A new leader takes seconds to be found.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const EVENTS = 6_000;

let cluster: NatsCluster;
let stage: PublishStage;

/** Publishes a log into a stream on three servers. */
function publish(node: string) {
  stage = new PublishStage(() => cluster.url, node);
  const log = new GrowingLog(createRuntime().timers);
  log.append(upTo(EVENTS).map(() => 'a'));
  const running = stage.publish({ store: log, ledger: log }, { replicas: 3 });
  const position = () => running.publisher.status().position ?? 0;
  return { log, ...running, position };
}

async function ids(): Promise<readonly number[]> {
  return (await stage.read()).map(({ json }) => Number(json.id));
}

async function replace(servers: readonly NatsServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()));
  await Promise.all(servers.map((server) => server.start()));
}

describe.runIf(hasNatsServer())('a log that is published on three servers', () => {
  beforeAll(async () => {
    cluster = await NatsCluster.start();
  });
  afterAll(() => cluster.close());
  afterEach(() => stage.close());

  it('is whole after the leader of its stream was killed in the middle', async () => {
    const { told, position } = publish('leader');
    await told.until(() => position() >= EVENTS / 4);
    const leader = await cluster.leaderOf(stage.stream);
    await leader.kill();
    await told.until(() => position() === EVENTS);
    expect((await cluster.info(stage.stream)).config.num_replicas).toBe(3);
    await leader.start();
    await cluster.ready();
    expect(await ids()).toEqual(upTo(EVENTS));
  });

  it('is whole after a server was killed that does not lead it', async () => {
    const { told, position } = publish('follower');
    await told.until(() => position() >= EVENTS / 4);
    const leader = await cluster.leaderOf(stage.stream);
    const follower = cluster.servers.find((server) => server !== leader);
    await follower?.kill();
    await told.until(() => position() === EVENTS);
    await follower?.start();
    await cluster.ready();
    expect(await ids()).toEqual(upTo(EVENTS));
  });

  it('is whole after all three were killed', async () => {
    const { log, told, position } = publish('all');
    await told.until(() => position() >= EVENTS / 4);
    await replace(cluster.servers);
    log.append(['b']);
    await told.until(() => position() === EVENTS + 1);
    await cluster.ready();
    expect(await ids()).toEqual(upTo(EVENTS + 1));
  });
});
