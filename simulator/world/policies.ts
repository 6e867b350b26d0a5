import {
  type LinkPolicy,
  POLICIES,
  type PolicyException,
  type PolicyKind,
  type SharePolicy,
} from '../../src/domain/links/policy.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';

/** Of products; some have none. */
export const CATEGORIES = ['dairy', 'tools', null] as const;

/** Draws a policy of any kind, perhaps with another one for a SKU or a category. */
export function drawPolicy(random: SeededRandom): LinkPolicy {
  const policy = drawShare(random);
  const exceptions: PolicyException[] = [];
  if (random.chance(0.3)) {
    exceptions.push({ of: 'sku', name: `SKU-${random.between(1, 3)}`, ...drawShare(random) });
  }
  if (random.chance(0.3)) {
    exceptions.push({
      of: 'category',
      name: random.pick(['dairy', 'tools']),
      ...drawShare(random),
    });
  }
  return exceptions.length > 0 ? { ...policy, exceptions } : policy;
}

function drawShare(random: SeededRandom): SharePolicy {
  const kind = random.weighed<PolicyKind>({ adaptive: 5, split: 5, hub: 1, shop: 1 });
  const floor = random.pick([0, 0, 1, 3]);
  if (kind === 'adaptive') return { ...POLICIES.adaptive, floor };
  if (kind === 'split') return { hubShare: random.pick([0.2, 0.5, 0.8, 1]), floor };
  return POLICIES[kind];
}
