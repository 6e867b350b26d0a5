import { cpSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Json, stock, wholeLog } from '../support/api.ts';
import { NodeProcess, until } from '../support/chain.ts';
import { PublishStage } from '../support/nats/publishStage.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';
import { createTestDatabase } from '../support/postgres/testDatabase.ts';
import { Workshop } from '../support/processes.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const BATCH = 200;

let workshop: Workshop;
let nats: NatsServer;

/** A node that publishes its log, with a product to sell. */
async function publishing(name: string, database?: string): Promise<NodeProcess> {
  const node = await NodeProcess.start(workshop, name, ['--publish', nats.url], database);
  await stock(node.url, 100_000, 'mug');
  return node;
}

/** Sells in one request, which makes as many events. */
function sell(node: NodeProcess, count = BATCH) {
  const command = { type: 'sell', sku: 'mug', location: 'north', quantity: 1 };
  return node.ask('/v1/batch', { commands: Array.from({ length: count }, () => command) });
}

async function headOf(node: NodeProcess): Promise<number> {
  return Number((await wholeLog(node.url)).at(-1)?.['position']);
}

/** Waits until all that the node's log has is published. */
async function published(node: NodeProcess, stage: PublishStage): Promise<readonly Json[]> {
  const head = await headOf(node);
  await until(async () => (await lastOf(stage)) >= head);
  return (await stage.read()).map(({ json }) => json.data);
}

async function lastOf(stage: PublishStage): Promise<number> {
  return stage.info().then(
    ({ state }) => state.last_seq,
    () => 0,
  );
}

async function metric(node: NodeProcess, name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return Number(new RegExp(`^holdfast_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const warnings = async (node: NodeProcess) => (await node.ask('/readyz')).body;

describe.runIf(hasNatsServer())('a server that publishes its log', () => {
  beforeAll(async () => {
    workshop = new Workshop();
    nats = await startNats();
  });
  afterAll(async () => {
    await workshop.close();
    await nats.close();
  });

  it('publishes what it answered, whole and in order, however often it is killed', async () => {
    const node = await publishing('killed');
    const stage = new PublishStage(() => nats.url, 'killed');
    for (let round = 0; round < 4; round += 1) {
      const selling = Array.from({ length: 6 }, () => sell(node).catch(() => undefined));
      const before = await lastOf(stage);
      await until(async () => (await lastOf(stage)) > before);
      await node.kill();
      await Promise.all(selling);
      await node.again();
    }
    expect(await published(node, stage)).toEqual(await wholeLog(node.url));
  });

  it('publishes the log of two servers on one database once, also when one is killed', async () => {
    const database = await createTestDatabase({ node: 'pair' });
    try {
      const one = await publishing('pair', database.url);
      const other = await publishing('pair', database.url);
      const stage = new PublishStage(() => nats.url, 'pair');
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([one, other, one, other].map((node) => sell(node)));
      }
      await one.kill();
      await sell(other);
      expect(await published(other, stage)).toEqual(await wholeLog(other.url));
      await other.stop();
    } finally {
      await database.drop();
    }
  });

  it('sells on while NATS is away, says so, and makes up for it', async () => {
    const node = await publishing('alone');
    const stage = new PublishStage(() => nats.url, 'alone');
    await published(node, stage);
    await nats.kill();
    await until(async () => 'warnings' in (await warnings(node)));
    expect(await warnings(node)).toEqual({
      ready: true,
      reasons: [],
      warnings: ['the log is not published: NATS: connection refused'],
    });
    for (let round = 0; round < 5; round += 1) expect((await sell(node)).status).toBe(200);
    expect(await metric(node, 'publish_lag_events')).toBe(5 * BATCH);
    expect(await metric(node, 'publish_failures_total')).toBeGreaterThan(0);
    await nats.start();
    expect(await published(node, stage)).toEqual(await wholeLog(node.url));
    await until(async () => (await metric(node, 'publish_lag_events')) === 0);
    expect(await metric(node, 'published_position')).toBe(await headOf(node));
    expect(await warnings(node)).toEqual({ ready: true, reasons: [] });
  });

  it('is not held up by a NATS that is there and does not move', async () => {
    const node = await publishing('patient');
    const stage = new PublishStage(() => nats.url, 'patient');
    await published(node, stage);
    nats.freeze();
    try {
      const began = performance.now();
      for (let round = 0; round < 20; round += 1) {
        expect((await node.move('sell', 'mug', 'north', 1)).status).toBe(201);
      }
      // A message to NATS is waited for 5 seconds; sales that waited for theirs would take 20 times as long.
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      nats.thaw();
    }
    expect(await published(node, stage)).toEqual(await wholeLog(node.url));
  });

  it('publishes nothing of a database that was set back, and sells on', async () => {
    const node = await publishing('restored');
    const stage = new PublishStage(() => nats.url, 'restored');
    await node.stop();
    const file = node.database.slice('sqlite:'.length);
    const copy = `${file}-copy`;
    cpSync(file, copy);
    await node.again();
    await sell(node);
    const before = await published(node, stage);
    await node.stop();
    cpSync(copy, file);
    await node.again();
    await node.process.heard('err', /the log is not published until somebody has looked/);
    await sell(node);
    await sell(node);
    expect((await warnings(node))['ready']).toBe(true);
    expect(String((await warnings(node))['warnings'])).toContain('another node publishes under');
    expect(await metric(node, 'publish_refused')).toBe(1);
    expect((await stage.read()).map(({ json }) => json.data)).toEqual(before);
  });

  it('does not tell what it shows to NATS', async () => {
    const guarded = await startNats({
      configuration: 'authorization { user: holdfast, password: right-one }',
    });
    const flags = ['--publish', guarded.url, '--nats-user', 'holdfast'];
    const words = ['serve', '--port', '0', '--database', workshop.database(), ...flags];
    const serve = (password: string) =>
      workshop.holdfast(words, { env: { HOLDFAST_NATS_PASSWORD: password } });
    const wrong = serve('hush-hush');
    await wrong.heard('err', /the log cannot be published/);
    const { err } = await wrong.stop();
    expect(err).toMatch(/Authorization Violation/);
    expect(err).not.toContain('hush-hush');
    const right = serve('right-one');
    await right.heard('err', /the log is being published/);
    await right.stop();
    await guarded.close();
  });
});
