import { type Static, Type } from 'typebox';
import { ORIGINS_MAX } from '../../domain/limits.ts';
import { LATITUDE_MAX, LONGITUDE_MAX } from '../../domain/sourcing/coordinates.ts';
import { STRATEGIES, STRATEGY_DEFAULT } from '../../domain/sourcing/sourcing.ts';
import { CLOSED, LocationName, Quantity, Sku } from './common.ts';

/** A text or a list: keywords of the one say nothing of the other. */
export const Origins = Type.Unsafe<'any' | string[]>({
  type: ['string', 'array'],
  format: 'anywhere',
  items: LocationName,
  minItems: 1,
  maxItems: ORIGINS_MAX,
  uniqueItems: true,
  description:
    'Where the line may come from: `any` location, or those of a list. Its parts may come from several.',
  examples: ['any', ['STORE-BERLIN', 'WAREHOUSE-1']],
});

/** Either the one or the other. */
const PLACE = { oneOf: [{ required: ['location'] }, { required: ['from'] }] };

export const NewLine = Type.Object(
  {
    sku: Sku,
    location: Type.Optional(LocationName),
    from: Type.Optional(Origins),
    quantity: Quantity,
  },
  { ...CLOSED, ...PLACE },
);

const Coordinates = Type.Object(
  {
    latitude: Type.Number({ minimum: -LATITUDE_MAX, maximum: LATITUDE_MAX }),
    longitude: Type.Number({ minimum: -LONGITUDE_MAX, maximum: LONGITUDE_MAX }),
  },
  {
    ...CLOSED,
    description:
      'Where the goods are to go, in degrees; locations are where their attributes `latitude` and `longitude` say, and those without come last',
    examples: [{ latitude: 52.52, longitude: 13.405 }],
  },
);

export const Sourcing = Type.Object(
  {
    strategy: Type.Optional(
      Type.Enum(STRATEGIES, {
        default: STRATEGY_DEFAULT,
        description:
          '`fewest_parcels`: as few places for the whole order as can be found. `nearest`: the nearest first, or without `near`, in the order of each list. `most_stock`: the place with most units of the line first.',
      }),
    ),
    near: Type.Optional(Coordinates),
  },
  { ...CLOSED, description: 'How places are chosen for the lines that have no location' },
);

export type NewLineBody = Static<typeof NewLine>;
