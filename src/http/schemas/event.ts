import { Type } from 'typebox';
import { EVENT_TYPES } from '../../domain/events.ts';
import { EventReference, LocationName, Reason, Sku, Time, Units, Uuid, Version } from './common.ts';
import { EVENT_EXAMPLE } from './examples.ts';

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
    reservationId: Type.Optional(Uuid),
    transferId: Type.Optional(Uuid),
    destination: Type.Optional(LocationName),
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
  },
  {
    $id: 'Event',
    examples: [EVENT_EXAMPLE],
    description:
      'One entry of the log. A movement moves units from one account to another and carries the balances after it; a notice leaves out what it lacks.',
  },
);
