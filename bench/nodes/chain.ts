import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { NodeProcess, runCommand } from './nodeProcess.ts';
import { Relay } from './relay.ts';
import { openWay, type Transport } from './way.ts';

export const SHOP = 'store-1';
export const LOCATION = 'Store 1';

/** A hub and the node of one shop, as real processes on SQLite, with a relay on the line between them. */
export interface Chain {
  readonly hub: NodeProcess;
  readonly shop: NodeProcess;
  readonly line: Relay;
  close(): Promise<void>;
}

/** What the hub says of the link. */
interface NodeView {
  readonly received: { readonly position: number };
}

interface EventsView {
  readonly data: readonly { readonly position: number }[];
}

/** @param hubShare part of what comes in at the shop that the hub is to own */
export async function startChain(
  folder: string,
  hubShare: number,
  transport: Transport,
): Promise<Chain> {
  const way = await openWay(transport);
  const own = await mkdtemp(path.join(folder, 'chain-'));
  const hubFile = `sqlite:${path.join(own, 'hub.db')}`;
  const hub = await NodeProcess.start(own, 'hub', ['--database', hubFile, ...way.flags]);
  await hub.ask('PUT', `/v1/locations/${encodeURIComponent(LOCATION)}`, {
    name: LOCATION,
    kind: 'store',
  });
  const token = await enrol(hubFile, hubShare);
  const line = await Relay.open(way.target(hub));
  const file = `sqlite:${path.join(own, 'shop.db')}`;
  const flags = ['--database', file, '--hub', way.address(line.url), '--token', token];
  const shop = await NodeProcess.start(own, SHOP, flags);
  return {
    hub,
    shop,
    line,
    async close() {
      await shop.stop();
      line.close();
      await hub.stop();
      await way.close();
    },
  };
}

async function enrol(database: string, hubShare: number): Promise<string> {
  const flags = ['--location', LOCATION, '--share', String(hubShare), '--database', database];
  const printed = await runCommand(['nodes', 'add', SHOP, ...flags]);
  return printed.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Adds products at the hub, and waits until the shop has them. */
export async function stock(
  { hub, shop }: Chain,
  skus: readonly string[],
  quantity: number,
): Promise<void> {
  for (const sku of skus) await hub.ask('PUT', `/v1/products/${sku}`, { name: sku });
  const last = skus.at(-1) ?? '';
  await until(async () => {
    const { data } = await shop.ask<{ data: { sku: string }[] }>(
      'GET',
      `/v1/products?query=${last}`,
    );
    return data.length > 0;
  });
  const commands = skus.map((sku) => ({ type: 'receive', sku, location: LOCATION, quantity }));
  await shop.ask('POST', '/v1/batch', { commands });
}

/** Waits until the hub has heard everything that the shop has to say. @returns the end of the shop's log */
export async function met({ hub, shop }: Chain): Promise<number> {
  const head = await headOf(shop);
  await until(async () => {
    const node = await hub.ask<NodeView>('GET', `/v1/nodes/${SHOP}`);
    return node.received.position >= head;
  });
  return head;
}

/** The last position of a node's log. */
export async function headOf(node: NodeProcess): Promise<number> {
  let after = 0;
  for (;;) {
    const { data } = await node.ask<EventsView>('GET', `/v1/events?after=${after}&limit=1000`);
    const last = data.at(-1)?.position;
    if (last === undefined) return after;
    after = last;
  }
}

/** Asks again at once: what is waited for takes longer than an answer. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
