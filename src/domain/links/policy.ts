/**
 * Who owns what of a level at rest. Consistency before availability at the shop is `hubShare` 1: it sells nothing that it
 * has not asked for; its opposite is 0: the hub sells nothing that it has not asked for. Both are right while cut off.
 */
export interface SharePolicy {
  /** Part of a level's available units that the hub is to own, 0 to 1. */
  readonly hubShare: number;
  /** Units of each level that the shop keeps before it passes any to the hub. */
  readonly floor: number;
  /** Units follow demand; `hubShare` holds where there was none yet. */
  readonly adaptive?: true;
}

/** A policy of some of a location's levels. */
export interface PolicyException extends SharePolicy {
  readonly of: 'sku' | 'category';
  /** The SKU or the category. */
  readonly name: string;
}

/** The policy of a location. An exception for the SKU comes before one for its category. */
export interface LinkPolicy extends SharePolicy {
  readonly exceptions?: readonly PolicyException[];
}

/** Exceptions are kept and sent with the link. */
export const POLICY_EXCEPTIONS_MAX = 200;

export const POLICY_KINDS = ['adaptive', 'split', 'hub', 'shop'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** What each kind is, where nothing else is said of it. */
export const POLICIES: Readonly<Record<PolicyKind, SharePolicy>> = {
  adaptive: { hubShare: 0.5, floor: 0, adaptive: true },
  split: { hubShare: 0.5, floor: 0 },
  hub: { hubShare: 1, floor: 0 },
  shop: { hubShare: 0, floor: 0 },
};

export function kindOf({ hubShare, floor, adaptive }: SharePolicy): PolicyKind {
  if (adaptive === true) return 'adaptive';
  if (hubShare === 0) return 'shop';
  return hubShare === 1 && floor === 0 ? 'hub' : 'split';
}

/** The policy of one level. */
export function policyOf(
  policy: LinkPolicy,
  sku: string,
  category: string | null | undefined,
): SharePolicy {
  const { exceptions = [] } = policy;
  return (
    exceptions.find(({ of, name }) => of === 'sku' && name === sku) ??
    exceptions.find(({ of, name }) => of === 'category' && name === category) ??
    policy
  );
}
