import { createQueries } from '../../src/queries/queries.ts';
import type { World } from '../world/world.ts';
import { check } from './violation.ts';

/** When all is at rest the hub shows of every level all that there is. */
export async function checkViews(world: World): Promise<void> {
  const [server] = world.hub.running;
  if (server === undefined) return;
  const { ledger, queries: store } = server.insides;
  const queries = createQueries({ store, ledger });
  for (const { sku, location } of world.places) {
    const found = await queries.stock(sku, location);
    const { onHand = 0, nodes = [] } = found.ok ? found.value : {};
    const shown = nodes.reduce((sum, node) => sum + node.onHand + (node.inTransit ?? 0), onHand);
    const truth = world.parts.audit.truth(sku, location);
    check(shown === truth, () => `the hub shows ${shown} of ${sku} at ${location}, not ${truth}`);
  }
}

/** When all is at rest everybody who follows a log has come to its end. */
export function* unread(world: World): Iterable<string> {
  for (const { node, disk, reader } of [world.hub, ...world.shops.map(({ site }) => site)]) {
    const head = disk.tables.head.position;
    if (reader.position !== head)
      yield `the log of ${node} is read to ${reader.position} of ${head}`;
  }
}
