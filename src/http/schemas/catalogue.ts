import { type Static, Type } from 'typebox';
import { LOCATION_KINDS } from '../../domain/catalogue.ts';
import {
  ATTRIBUTES_BYTES_MAX,
  DESCRIPTION_CODE_POINTS_MAX,
  NAME_CODE_POINTS_MAX,
} from '../../domain/limits.ts';
import { FENCE_REASONS } from '../../domain/links/link.ts';
import { JSON_BYTES_MAX } from '../validation.ts';
import { CLOSED, type JsonMembers, LocationName, NodeName, nullable, Sku } from './common.ts';
import { LOCATION_EXAMPLE, PRODUCT_EXAMPLE } from './examples.ts';

const { sku: _sku, ...PRODUCT_CONTENT } = PRODUCT_EXAMPLE;
const { location: _location, node: _node, ...LOCATION_CONTENT } = LOCATION_EXAMPLE;

const Name = Type.String({ minLength: 1, maxLength: NAME_CODE_POINTS_MAX });

const Description = nullable<string>(
  Type.String({
    maxLength: DESCRIPTION_CODE_POINTS_MAX,
    description: 'The one text that may have line breaks and tabs',
  }),
);

const Category = nullable<string>(Type.String({ maxLength: NAME_CODE_POINTS_MAX }));

const Attributes = nullable<JsonMembers>(
  Type.Record(Type.String(), Type.Unknown(), {
    [JSON_BYTES_MAX]: ATTRIBUTES_BYTES_MAX,
    description: 'Any JSON object of at most 16 KiB, nested at most 20 levels deep',
  }),
);

const Kind = Type.Enum(LOCATION_KINDS);

const Fence = Type.Enum(FENCE_REASONS, {
  description:
    'Why nothing is promised there: it is not proven that this is the database that the node last ran on, a log was restored from a backup, or the database was copied. Left out where nothing is wrong.',
});

export const Product = Type.Object(
  {
    sku: Sku,
    name: Name,
    description: Description,
    category: Category,
    attributes: Attributes,
    node: Type.Optional(
      Type.String({ description: 'The node whose catalogue it comes from; left out for its own' }),
    ),
    removal: Type.Optional(
      Type.Array(NodeName, {
        description: 'It is to be removed: the nodes that have said that they have none of it',
      }),
    ),
  },
  { $id: 'Product', examples: [PRODUCT_EXAMPLE] },
);

export const ProductRemoval = Type.Object(
  {
    status: Type.Literal('removing'),
    waitsFor: Type.Array(NodeName, {
      description: 'Nodes that have not said yet that they have none',
    }),
  },
  { $id: 'ProductRemoval', examples: [{ status: 'removing', waitsFor: ['store-12'] }] },
);

export const ProductContent = Type.Object(
  {
    name: Name,
    description: Type.Optional(Description),
    category: Type.Optional(Category),
    attributes: Type.Optional(Attributes),
  },
  { ...CLOSED, $id: 'ProductContent', examples: [PRODUCT_CONTENT] },
);
export type ProductBody = Static<typeof ProductContent>;

export const Location = Type.Object(
  {
    location: LocationName,
    name: Name,
    kind: Kind,
    attributes: Attributes,
    node: Type.String({ description: 'The node that has the goods' }),
    fence: Type.Optional(Fence),
  },
  { $id: 'Location', examples: [LOCATION_EXAMPLE] },
);

export const LocationContent = Type.Object(
  { name: Name, kind: Kind, attributes: Type.Optional(Attributes) },
  { ...CLOSED, $id: 'LocationContent', examples: [LOCATION_CONTENT] },
);
export type LocationBody = Static<typeof LocationContent>;
