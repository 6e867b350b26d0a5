import { Type } from 'typebox';
import { EVENT_TYPES } from '../../domain/events.ts';
import { FENCE_REASONS } from '../../domain/links/link.ts';
import { TRANSFER_STEPS } from '../../domain/transfer.ts';
import {
  EventReference,
  LocationName,
  NodeName,
  Reason,
  ReservationId,
  Sku,
  Time,
  Units,
  Uuid,
  Version,
} from './common.ts';
import { EVENT_EXAMPLE } from './examples.ts';
import { LinkPolicy } from './policy.ts';

const Account = Type.Enum([
  'available',
  'reserved',
  'committed',
  'unavailable',
  'supplier',
  'customer',
  'shrinkage',
  'transit',
]);

const totals = {
  quantity: Type.Integer(),
  received: Type.Integer(),
  lost: Type.Integer(),
  returned: Type.Integer(),
  found: Type.Integer(),
};

const Content = Type.Object(
  {},
  { additionalProperties: true, description: 'What the notice changed' },
);

export const EventType = Type.Enum(EVENT_TYPES);

export const Event = Type.Object(
  {
    position: Type.Integer({ description: 'Numbers all events of a node without gaps' }),
    node: Type.String(),
    time: Time,
    type: EventType,
    sku: Type.Optional(Sku),
    location: Type.Optional(LocationName),
    version: Type.Optional(Version),
    quantity: Type.Optional(Units),
    from: Type.Optional(Account),
    to: Type.Optional(Account),
    balances: Type.Optional(
      Type.Object(
        { available: Units, reserved: Units, committed: Units, unavailable: Units },
        { description: 'The accounts after the movement' },
      ),
    ),
    actor: Type.String({ description: 'Who asked' }),
    requestId: Type.String(),
    reservationId: Type.Optional(ReservationId),
    transferId: Type.Optional(Uuid),
    destination: Type.Optional(LocationName),
    source: Type.Optional({ ...LocationName, description: 'Where the goods of a transfer left' }),
    step: Type.Optional(
      Type.Enum(TRANSFER_STEPS, {
        description: 'Of a `transfer_step`: what `peer` did to the goods at `location`',
      }),
    ),
    totals: Type.Optional(
      Type.Object(totals, {
        description:
          "What a shop has done so far with the units of the transfer's line at its place",
      }),
    ),
    places: Type.Optional(
      Type.Array(Type.Object({ place: LocationName, ...totals }), {
        description: 'Of a `transfer_step`: how the line of the transfer stands at each place',
      }),
    ),
    reason: Type.Optional(Reason),
    reference: Type.Optional(EventReference),
    occurredAt: Type.Optional(Time),
    expiresAt: Type.Optional(Time),
    ttlSeconds: Type.Optional(Type.Integer()),
    shortfall: Type.Optional(
      Type.Integer({ description: 'Units below zero that were allowed to happen' }),
    ),
    before: Type.Optional(Content),
    after: Type.Optional(Content),
    peer: Type.Optional({ ...NodeName, description: 'Between nodes: the other one' }),
    request: Type.Optional({
      ...Uuid,
      description: 'What a node asked the other one for, or what this answers',
    }),
    session: Type.Optional(
      Type.Integer({ description: 'Session of the link in which it was asked' }),
    ),
    units: Type.Optional(
      Type.Integer({
        description:
          'Of a notice, which moves none here: units asked for, or handed over or given back there',
      }),
    ),
    keep: Type.Optional(
      Type.Integer({ description: 'Of a `share_wanted`: units that `peer` is to keep' }),
    ),
    grant: Type.Optional(
      Type.Integer({
        description:
          'Of an `accept`: position of the grant in the log of `peer`; of a `node_reconciled`: that of the last one that was taken in, and that the log still has',
      }),
    ),
    madeBy: Type.Optional({
      ...NodeName,
      description: 'The node that made the reservation, where that is another one',
    }),
    origin: Type.Optional({ ...NodeName, description: 'The node whose event is repeated here' }),
    replayOf: Type.Optional(
      Type.Integer({
        description: 'Puts back an event that this log had lost: the position that it had',
      }),
    ),
    fence: Type.Optional(Type.Enum(FENCE_REASONS, { description: 'Why nothing is promised' })),
    policy: Type.Optional(LinkPolicy),
  },
  {
    $id: 'Event',
    examples: [EVENT_EXAMPLE],
    description:
      'One entry of the log. A movement moves units from one account to another and carries the balances after it; a notice leaves out what it lacks.',
  },
);
