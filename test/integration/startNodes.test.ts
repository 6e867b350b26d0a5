import { hash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import { readConfig } from '../../src/config.ts';
import type { NewLink } from '../../src/domain/links/link.ts';
import { createLedger } from '../../src/ledger/createLedger.ts';
import { createIds } from '../../src/ledger/ids.ts';
import { createLoggerOn } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { type NodesRequest, type RunningNodes, startNodes } from '../../src/start/nodes.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { Figures, SETTINGS } from '../support/testLedger.ts';

const ALONE: NodesRequest['config'] = readConfig({}, {});
const SHOP: NodesRequest['config'] = { ...ALONE, hub: 'http://127.0.0.1:1', token: 'hush' };

const TO_SHOP: NewLink = {
  peer: 'store-12',
  peerRole: 'store',
  self: 'test',
  location: 'north',
  secret: hash('sha256', 'hush'),
  policy: { hubShare: 0.5, floor: 0 },
};
const TO_HUB: NewLink = { ...TO_SHOP, peer: 'hub', peerRole: 'hub', secret: 'hush' };

let close: () => Promise<void>;
afterEach(() => close());

async function stage(...links: readonly NewLink[]) {
  const runtime = createRuntime();
  const storage = openMemoryStorage({ tables: emptyTables('test'), clock: runtime.clock });
  const ledger = createLedger({
    ...runtime,
    store: storage.ledger,
    observer: new Figures(),
    settings: SETTINGS,
  });
  const log: string[] = [];
  const metrics = createMetrics({ version: '1', node: 'test', commitFailed: () => undefined });
  let nodes: RunningNodes | undefined;
  close = async () => {
    await nodes?.close();
    await ledger.close();
    await storage.close();
  };
  const submit = async (command: Parameters<typeof ledger.submit>[0]['items'][0]['command']) => {
    await ledger.submit({ actor: 'test', requestId: 'r', items: [{ command }] });
  };
  await submit({ type: 'putProduct', sku: 'A', content: { name: 'A', ...NOTHING_MORE } });
  const content = { name: 'North', kind: 'store', attributes: null } as const;
  await submit({ type: 'putLocation', location: 'north', content });
  for (const link of links) await submit({ type: 'addLink', link });
  return {
    storage,
    log,
    metrics,
    submit,
    async start(config: NodesRequest['config']) {
      nodes = await startNodes({
        runtime,
        storage,
        ledger,
        config,
        newId: createIds(runtime.clock, runtime.random),
        logger: createLoggerOn({ write: (line) => log.push(line) }, 'info'),
        metrics: metrics.nodes,
      });
      return nodes;
    },
  };
}

const NOTHING_MORE = { description: null, category: null, attributes: null };

describe('a server', () => {
  it('is a hub, unless it was told of one or knows one', async () => {
    expect((await (await stage()).start(ALONE)).acceptor).not.toBeNull();
    await close();
    expect((await (await stage(TO_SHOP)).start(ALONE)).acceptor).not.toBeNull();
    await close();
    expect((await (await stage(TO_HUB)).start(ALONE)).acceptor).toBeNull();
    await close();
    expect((await (await stage()).start(SHOP)).acceptor).toBeNull();
  });

  it('cannot be both a hub and a shop', async () => {
    const { start } = await stage(TO_SHOP);
    await expect(start(SHOP)).rejects.toThrow('with a link to store-12; leave out --hub');
  });

  it('is told where a hub takes links over NATS only if it is one', async () => {
    const { start } = await stage(TO_HUB);
    await expect(start({ ...ALONE, nats: 'nats://127.0.0.1:1' })).rejects.toThrow(
      'this is the node of a shop, and --nats says where a hub takes links',
    );
  });

  it('sells on and stops at once though the servers of NATS that it is to use are away', async () => {
    const { start, log } = await stage(TO_SHOP);
    const { acceptor } = await start({ ...ALONE, nats: 'nats://127.0.0.1:1' });
    expect(await acceptor?.authenticate('store-12', 'hush')).toBe(true);
    await expect.poll(() => log.join()).toContain('links over NATS are not possible');
  });

  it('says that it is not at the servers of NATS that it is to take links at', async () => {
    const { start } = await stage(TO_SHOP);
    const { warnings, isAtBroker } = await start({ ...ALONE, nats: 'nats://127.0.0.1:1' });
    const away = ['links over NATS are not possible: connection refused'];
    await expect.poll(() => warnings()).toEqual(away);
    expect(isAtBroker()).toBe(false);
  });

  it.each([
    ['http://127.0.0.1:1', 'ECONNREFUSED'],
    ['nats://127.0.0.1:1/hub', 'nats://127.0.0.1:1/hub: connection refused'],
  ])('says that it is not linked to its hub at %s', async (hub, why) => {
    const { start } = await stage(TO_HUB);
    const { warnings, isAtBroker } = await start({ ...SHOP, hub });
    expect(warnings()).toEqual([expect.stringContaining('there is no link to the hub: ')]);
    await expect.poll(() => warnings().join()).toContain(why);
    expect(isAtBroker()).toBeUndefined();
  });

  it('has nothing to say of links where it takes none over NATS', async () => {
    const { start } = await stage(TO_SHOP);
    const { warnings, isAtBroker } = await start(ALONE);
    expect([warnings(), isAtBroker()]).toEqual([[], undefined]);
  });

  it('needs its token to join a hub, and then no more', async () => {
    const { start, submit } = await stage();
    await expect(start({ ...SHOP, token: null })).rejects.toThrow('add --token');
    await submit({ type: 'addLink', link: TO_HUB });
    expect((await start({ ...SHOP, token: null })).acceptor).toBeNull();
  });

  it('counts the part of what came in that went to the hub at once', async () => {
    const { start, submit, metrics } = await stage(TO_HUB);
    await start(ALONE);
    const level = { sku: 'A', location: 'north' };
    await submit({ type: 'receive', ...level, quantity: 9 });
    const session = { type: 'shareOut', peer: 'hub', session: 0 } as const;
    await submit({ ...session, after: 0, through: 1, levels: [level], reservations: [] });
    await expect
      .poll(() => metrics.render())
      .toContain('holdfast_rebalanced_units_total{peer="hub",direction="given"} 4\n');
  });

  it('goes on as a shop when nobody says where its hub is', async () => {
    const { start, log } = await stage(TO_HUB);
    const { status } = await start(ALONE);
    await expect.poll(() => log.join()).toContain('its address is not known; add --hub');
    expect(status('hub')).toMatchObject({ connected: false });
  });
});

describe('a server without links', () => {
  it('does not read its own log, whoever knocks', async () => {
    const { start, storage, submit } = await stage();
    const read = vi.spyOn(storage.queries, 'events');
    const { acceptor, status } = await start(ALONE);
    expect(await acceptor?.authenticate('store-12', 'guess')).toBe(false);
    await submit({ type: 'receive', sku: 'A', location: 'north', quantity: 1 });
    expect(read).not.toHaveBeenCalled();
    expect(status('store-12')).toBeUndefined();
  });

  it('wakes when the node that was added meanwhile comes, and takes no other secret', async () => {
    const { start, storage, submit } = await stage();
    const read = vi.spyOn(storage.queries, 'events');
    const { acceptor } = await start(ALONE);
    await submit({ type: 'addLink', link: TO_SHOP });
    expect(await acceptor?.authenticate('store-12', 'guess')).toBe(false);
    expect(await acceptor?.authenticate('store-12', 'hush')).toBe(true);
    await submit({ type: 'putProduct', sku: 'B', content: { name: 'B', ...NOTHING_MORE } });
    await expect.poll(() => read).toHaveBeenCalled();
  });
});
