import { type Static, Type } from 'typebox';
import { RESERVATION_LINES_MAX } from '../../domain/limits.ts';
import { RESERVATION_STATUSES } from '../../domain/reservation.ts';
import { named } from '../namedExamples.ts';
import {
  CLOSED,
  LocationName,
  Metadata,
  OccurredAt,
  Quantity,
  Reference,
  ReservationId,
  Sku,
  Time,
  TtlSeconds,
  Units,
} from './common.ts';
import { RESERVATION_EXAMPLE } from './examples.ts';
import { RESERVATION_ID_EXAMPLE, RESERVATION_REQUESTS } from './requestExamples.ts';
import { NewLine, Sourcing } from './sourcing.ts';

export const ReservationStatus = Type.Enum(RESERVATION_STATUSES);

const PassedPart = Type.Object(
  {
    node: Type.String({ description: 'The node that has the goods' }),
    open: Type.Integer({ description: 'Units that it has still to hand over, as far as is known' }),
    cancelled: Type.Integer({ description: 'Units that it has given back to its stock' }),
  },
  {
    description: 'The part of the line that another node hands over; left out where there is none',
  },
);

export const Reservation = Type.Object(
  {
    id: ReservationId,
    node: Type.String({ description: 'The node that made it, where it can be changed' }),
    status: ReservationStatus,
    lines: Type.Array(
      Type.Object({
        sku: Sku,
        location: LocationName,
        quantity: Units,
        reserved: Units,
        committed: Units,
        fulfilled: Units,
        released: Units,
        passed: Type.Optional(PassedPart),
      }),
      { description: 'In each, quantity = reserved + committed + fulfilled + released' },
    ),
    expiresAt: Time,
    createdAt: Time,
    updatedAt: Time,
    reference: Reference,
    metadata: Metadata,
  },
  { $id: 'Reservation', examples: [RESERVATION_EXAMPLE] },
);

const Line = Type.Object({ sku: Sku, location: LocationName, quantity: Quantity }, CLOSED);

/** A total may be nothing: none of the line was handed over yet. */
const FulfilledLine = Type.Object(
  {
    sku: Sku,
    location: LocationName,
    quantity: Type.Integer({ ...Quantity, minimum: 0 }),
  },
  CLOSED,
);

const LINES = { minItems: 1, maxItems: RESERVATION_LINES_MAX };

export const RESERVE_FIELDS = {
  id: Type.Optional(
    Type.String({
      format: 'uuidv7',
      description:
        'A UUID of version 7 that the client makes. Sent again with the same content it answers the reservation that was made.',
      examples: [RESERVATION_ID_EXAMPLE],
    }),
  ),
  lines: Type.Array(NewLine, LINES),
  sourcing: Type.Optional(Sourcing),
  ttlSeconds: Type.Optional(Type.Integer({ ...TtlSeconds, default: 900 })),
  reference: Type.Optional(Reference),
  metadata: Type.Optional(Metadata),
  occurredAt: Type.Optional(OccurredAt),
};

export const CONFIRM_FIELDS = {
  lines: Type.Optional(
    Type.Array(Line, {
      ...LINES,
      description: 'What is sold of each line; the rest is released. Left out, all of it is sold.',
    }),
  ),
  occurredAt: Type.Optional(OccurredAt),
};

export const CANCEL_FIELDS = { occurredAt: Type.Optional(OccurredAt) };

export const EXTEND_FIELDS = { ttlSeconds: TtlSeconds };

export const FULFIL_FIELDS = {
  lines: Type.Optional(
    Type.Array(FulfilledLine, {
      ...LINES,
      description:
        'Totals handed over so far, so that repeating it ships nothing twice. Left out, everything is.',
    }),
  ),
  occurredAt: Type.Optional(OccurredAt),
};

export const NewReservation = Type.Object(RESERVE_FIELDS, {
  ...CLOSED,
  $id: 'NewReservation',
  ...named(RESERVATION_REQUESTS),
});
export const Confirmation = Type.Object(CONFIRM_FIELDS, {
  ...CLOSED,
  $id: 'Confirmation',
  examples: [{}],
});
export const Cancellation = Type.Object(CANCEL_FIELDS, {
  ...CLOSED,
  $id: 'Cancellation',
  examples: [{}],
});
export const Extension = Type.Object(EXTEND_FIELDS, {
  ...CLOSED,
  $id: 'Extension',
  examples: [{ ttlSeconds: 900 }],
});
export const Fulfilment = Type.Object(FULFIL_FIELDS, {
  ...CLOSED,
  $id: 'Fulfilment',
  examples: [{}],
});

export type NewReservationBody = Static<typeof NewReservation>;
export type ConfirmationBody = Static<typeof Confirmation>;
export type CancellationBody = Static<typeof Cancellation>;
export type ExtensionBody = Static<typeof Extension>;
export type FulfilmentBody = Static<typeof Fulfilment>;
