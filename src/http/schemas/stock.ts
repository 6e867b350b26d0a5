import { Type } from 'typebox';
import { LocationName, nullable, Sku, Time, Units, Uuid, Version } from './common.ts';
import {
  AVAILABILITY_EXAMPLE,
  DEMAND_EXAMPLE,
  EXPLANATION_EXAMPLE,
  STOCK_EXAMPLE,
} from './examples.ts';

export const StockLevel = Type.Object(
  {
    sku: Sku,
    location: LocationName,
    onHand: Type.Integer({ description: 'The sum of the four accounts' }),
    available: Type.Integer({ description: 'Can be promised; below zero is a recorded shortfall' }),
    reserved: Type.Integer({ description: 'Held for buyers' }),
    committed: Type.Integer({ description: 'Sold and not yet handed over' }),
    unavailable: Type.Integer({ description: 'Here, but not for sale' }),
    version: Version,
    updatedAt: Time,
  },
  {
    $id: 'StockLevel',
    description: 'The stock of one product at one location',
    examples: [STOCK_EXAMPLE],
  },
);

const Place = Type.Object({ location: LocationName, available: Units });

export const Availability = Type.Object(
  {
    sku: Sku,
    available: Type.Integer({ description: 'Over all locations' }),
    locations: Type.Array(Place, { description: 'By name; at most the first 1,000' }),
    locationCount: Type.Integer({ description: 'How many locations stock it' }),
  },
  { $id: 'Availability', examples: [AVAILABILITY_EXAMPLE] },
);

export const Demand = Type.Object(
  {
    sku: Sku,
    location: LocationName,
    minute: Type.String({ format: 'date-time', description: 'Start of the minute' }),
    requests: Type.Integer({ description: 'Requests that were turned away' }),
    units: Type.Integer({ description: 'Units that were missing' }),
  },
  {
    $id: 'Demand',
    description: 'Demand that was turned away for want of stock',
    examples: [DEMAND_EXAMPLE],
  },
);

export const Explanation = Type.Object(
  {
    sku: Sku,
    location: LocationName,
    stock: nullable<unknown>(
      Type.Object(StockLevel.properties, { description: 'Null where it was never stocked' }),
    ),
    parts: Type.Array(
      Type.Object({
        kind: Type.Enum([
          'available',
          'shortfall',
          'reserved',
          'committed',
          'unavailable',
          'never_stocked',
        ]),
        quantity: Units,
        text: Type.String(),
      }),
      { description: 'What the number is made of; the quantities add up to `onHand`' },
    ),
    holds: Type.Object(
      {
        quantity: Type.Integer({ description: 'Units in all open holds' }),
        data: Type.Array(
          Type.Object({
            reservationId: Uuid,
            quantity: Units,
            freesUpAt: Time,
            due: Type.Boolean({ description: 'Its time is over; it comes back at any moment' }),
            text: Type.String(),
          }),
        ),
        nextCursor: nullable<string>(Type.String()),
      },
      { description: 'One page of the open holds, the first to free up first' },
    ),
    elsewhere: Type.Object(
      {
        available: Units,
        locations: Type.Array(Place, { description: 'The fullest first; at most 20' }),
        locationCount: Units,
      },
      { description: 'Where else there is stock' },
    ),
    changedMeanwhile: Type.Boolean({
      description:
        'The level kept moving while it was read, so holds and parts may differ a little',
    }),
  },
  {
    $id: 'Explanation',
    description: 'Why the stock of a level is what it is',
    examples: [EXPLANATION_EXAMPLE],
  },
);
