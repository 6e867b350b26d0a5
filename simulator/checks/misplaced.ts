import { decideBalance } from '../../src/domain/links/balance.ts';
import { policyOf } from '../../src/domain/links/policy.ts';
import { emptyShare, shareKey } from '../../src/domain/links/share.ts';
import { levelKey } from '../../src/domain/stock.ts';
import type { Shop, World } from '../world/world.ts';

/** Levels of which units do not lie where the policy of the shop wants them; where that goes by demand, nobody can tell. */
export function* misplaced({ hub, parts }: World, { site, isRetired }: Shop): Iterable<string> {
  const link = site.disk.tables.links.get(hub.node);
  const ofHub = hub.disk.tables.links.get(site.node);
  if (isRetired || link === undefined || ofHub === undefined) return;
  const { levels, shares, products } = site.disk.tables;
  if (JSON.stringify(link.policy) !== JSON.stringify(ofHub.policy)) {
    yield `${site.node} does not know its policy`;
  }
  for (const sku of parts.skus) {
    const policy = policyOf(link.policy, sku, products.get(sku)?.category);
    const level = levels.get(levelKey(sku, link.location));
    const share = shares.get(shareKey(hub.node, sku, link.location));
    const hubs = share ?? emptyShare(hub.node, sku, link.location);
    if (policy.adaptive === true || level === undefined) continue;
    const isAtRest = decideBalance(link, level, hubs, policy, undefined).length === 0;
    if (!isAtRest)
      yield `${site.node}: ${sku} does not lie where ${JSON.stringify(policy)} wants it`;
  }
}
