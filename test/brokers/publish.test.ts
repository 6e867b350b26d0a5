import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, type Json, stock, wholeLog } from '../support/api.ts';
import { NodeProcess, until } from '../support/chain.ts';
import { type Page, ROOT, readPage } from '../support/documents.ts';
import { PublishStage } from '../support/nats/publishStage.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';
import { createTestDatabase } from '../support/postgres/testDatabase.ts';
import { Workshop } from '../support/processes.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const BATCH = 200;
const WAIT = { timeout: 60_000 };

const guide = readPage('docs/guides/publishing.md');

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
    // What it says first may be that the connection broke.
    await expect
      .poll(() => warnings(node), WAIT)
      .toEqual({
        ready: true,
        reasons: [],
        warnings: ['the log is not published: NATS: connection refused'],
      });
    for (let round = 0; round < 5; round += 1) expect((await sell(node)).status).toBe(200);
    await expect.poll(() => metric(node, 'publish_lag_events'), WAIT).toBe(5 * BATCH);
    expect(await metric(node, 'publish_failures_total')).toBeGreaterThan(0);
    expect(await metric(node, 'publishing')).toBe(0);
    await nats.start();
    expect(await published(node, stage)).toEqual(await wholeLog(node.url));
    await until(async () => (await metric(node, 'publish_lag_events')) === 0);
    expect(await metric(node, 'published_position')).toBe(await headOf(node));
    await expect.poll(() => warnings(node), WAIT).toEqual({ ready: true, reasons: [] });
    expect(await metric(node, 'publishing')).toBe(1);
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

  it('needs no more rights at NATS than the guide says, and does not tell what it shows there', async () => {
    const guarded = await startNats({ configuration: accountWith(rightsIn(guide)) });
    const flags = ['--publish', guarded.url, '--nats-user', 'holdfast', '--node', 'guarded'];
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
    const url = await right.url();
    await stock(url, 5, 'mug');
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    await until(async () => (await metrics()).includes('holdfast_published_position 3\n'));
    await right.stop();
    await guarded.close();
  });

  it('is read by those who do as the guide says', async () => {
    const folder = path.join(workshop.folder, 'reader');
    mkdirSync(folder);
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    const run = (name: string) => {
      const text = guide.blocks.find(({ info }) => info === `js ${name}`)?.text;
      if (text === undefined) throw new Error(`the guide shows no ${name}`);
      const file = path.join(folder, `${name}.mjs`);
      writeFileSync(file, text.replaceAll('nats://127.0.0.1:4222', nats.url));
      return workshop.start(process.execPath, [file]);
    };
    const words = ['start', '--port', '0', '--database', workshop.database()];
    const node = workshop.holdfast([...words, '--publish', nats.url]);
    const url = await node.url();
    const subscriber = run('subscriber');
    await subscriber.heard('out', /^1 holdfast.product_created MUG-BLUE\/ $/m);
    await subscriber.heard('out', /^15 holdfast.count MUG-BLUE\/WAREHOUSE-1 10000$/m);
    await subscriber.heard('out', /^27 /m);
    await subscriber.stop();
    const sale = { type: 'sell', sku: 'MUG-BLUE', location: 'WAREHOUSE-1', quantity: 1 };
    const sellOne = () => ask(url, '/v1/movements', { body: sale });
    expect((await sellOne()).status).toBe(201);
    const again = run('subscriber');
    await again.heard('out', /^28 holdfast.sell MUG-BLUE\/WAREHOUSE-1 9999$/m);
    const { out } = await again.stop();
    expect(out.trim().split('\n')).toHaveLength(1);
    const resumed = run('resume');
    await resumed.heard('out', /^28 holdfast.sell$/m);
    expect((await resumed.stop()).out).toMatch(/^15 holdfast.count\n/);
    expect(await run('set-aside').ended()).toMatchObject({ code: 0, err: '' });
    expect((await sellOne()).status).toBe(201);
    const stage = new PublishStage(() => nats.url, 'local-2');
    await until(async () => (await lastOf(stage)) === 29);
    await node.stop();
  });
});

/** Rights as the guide lists them: what the user may publish, and what it may subscribe to. */
function rightsIn({ blocks }: Page): Readonly<Record<string, readonly string[]>> {
  const text = blocks.find((block) => block.text.startsWith('publish:'))?.text ?? '';
  const [, publish = '', subscribe = ''] = /publish:(.*)subscribe:(.*)/s.exec(text) ?? [];
  const words = (of: string) => of.replaceAll('<n>', 'guarded').trim().split(/\s+/);
  return { publish: words(publish), subscribe: words(subscribe) };
}

function accountWith(permissions: Readonly<Record<string, readonly string[]>>): string {
  const user = { user: 'holdfast', password: 'right-one', permissions };
  return `authorization { users: ${JSON.stringify([user])} }`;
}
