import { Type } from 'typebox';
import {
  LocationName,
  NodeName,
  nullable,
  ReservationId,
  Sku,
  Time,
  Units,
  Version,
} from './common.ts';
import {
  AVAILABILITY_EXAMPLE,
  DEMAND_EXAMPLE,
  EXPLANATION_EXAMPLE,
  STOCK_EXAMPLE,
} from './examples.ts';
import { KNOWN_UP_TO } from './node.ts';
import { SHARE_POLICY } from './policy.ts';

const NODE_STOCK = {
  node: NodeName,
  onHand: Units,
  available: Units,
  reserved: Units,
  committed: Units,
  unavailable: Units,
  inTransit: Type.Optional(
    Type.Integer({
      description:
        'Units on their way there. Left out in answers about the past, where it is not looked up.',
    }),
  ),
  asOf: {
    ...nullable<unknown>(Type.Object(KNOWN_UP_TO)),
    description:
      "Since when that is known: the node's log has been applied up to this entry of it, with the time of that node. It may be old because the node has been quiet; `GET /v1/nodes` tells when that was last heard. Null where nothing of it has come yet.",
  },
};

const NodeStocks = Type.Array(Type.Object(NODE_STOCK), {
  description:
    'What each other node owns of it, or is being sent, as its log says so far; left out where that is nothing. With `asOf` it is what was known here at that position of the log: a cut of cursors, not of clocks.',
});

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
    updatedAt: {
      ...Time,
      description: 'When it last moved; where only other nodes own any, when it did there',
    },
    nodes: Type.Optional(NodeStocks),
  },
  {
    $id: 'StockLevel',
    description:
      'The stock of one product at one location: the figures are those of the units that this node owns, and can promise',
    examples: [STOCK_EXAMPLE],
  },
);

const Elsewhere = Type.Optional(
  Type.Integer({
    description:
      'Units that other nodes can promise, as far as is known; left out where that is nothing',
  }),
);

const Place = Type.Object({ location: LocationName, available: Units, elsewhere: Elsewhere });

export const Availability = Type.Object(
  {
    sku: Sku,
    available: Type.Integer({ description: 'Can be promised here now, over all locations' }),
    elsewhere: Elsewhere,
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
      Type.Object(StockLevel.properties, {
        description: 'Null where it was never stocked, here or at another node',
      }),
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
            reservationId: ReservationId,
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
    nodes: Type.Array(Type.Object({ ...NODE_STOCK, text: Type.String() }), {
      description: 'What other nodes own of the level, and since when that is known',
    }),
    sharing: nullable<unknown>(
      Type.Object(
        {
          node: NodeName,
          policy: Type.Object(SHARE_POLICY),
          setFor: Type.Enum(['location', 'category', 'sku'], {
            description: 'What the policy is set for',
          }),
          lastMove: nullable<unknown>(
            Type.Object({
              units: Units,
              to: { ...NodeName, description: 'The node that got them' },
              time: Time,
              reason: Type.String(),
            }),
          ),
          text: Type.String(),
        },
        {
          description:
            'Who is to own what of it at rest, and what was last moved for that; null where no other node shares it',
        },
      ),
    ),
    elsewhere: Type.Object(
      {
        available: Units,
        elsewhere: Elsewhere,
        locations: Type.Array(Place, { description: 'The fullest first; at most 20' }),
        locationCount: Units,
      },
      { description: 'At which other locations there is stock' },
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
