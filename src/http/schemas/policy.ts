import { Type } from 'typebox';
import { POLICY_KINDS } from '../../domain/links/policy.ts';

/** Who owns what of a level at rest. */
export const SHARE_POLICY = {
  kind: Type.Enum(POLICY_KINDS, {
    description:
      '`adaptive`: units follow demand; `split`: by `hubShare` and `floor`; `hub` and `shop`: one end owns all',
  }),
  hubShare: Type.Number({
    description: "Part of a level's available units that the hub is to own, 0 to 1",
  }),
  floor: Type.Integer({
    description: 'Units of each level that the shop keeps before it passes any on',
  }),
};

/** Who owns what of a location at rest. */
export const LinkPolicy = Type.Object(
  {
    ...SHARE_POLICY,
    exceptions: Type.Optional(
      Type.Array(
        Type.Object({
          of: Type.Enum(['sku', 'category']),
          name: Type.String(),
          ...SHARE_POLICY,
        }),
        { description: 'Policies of SKUs and of categories; that of a SKU comes first' },
      ),
    ),
  },
  { description: 'Who owns what at rest' },
);
