import { type Static, Type } from 'typebox';
import { TRANSFER_LINES_MAX } from '../../domain/limits.ts';
import { TRANSFER_STATUSES } from '../../domain/transfer.ts';
import { named } from '../namedExamples.ts';
import {
  CLOSED,
  EventReference,
  LocationName,
  nullable,
  OccurredAt,
  Quantity,
  Reason,
  Sku,
  Time,
  Units,
  Uuid,
} from './common.ts';
import { TRANSFER_EXAMPLE } from './examples.ts';
import { TRANSFER_ID_EXAMPLE, TRANSFER_REQUESTS } from './requestExamples.ts';

export const TransferStatus = Type.Enum(TRANSFER_STATUSES);

const Reference = nullable<string>(EventReference);

const Source = nullable<string>(
  Type.String({
    description: 'Where the goods left; null while they have arrived and no dispatch is known',
  }),
);

export const Transfer = Type.Object(
  {
    id: Uuid,
    status: TransferStatus,
    from: Source,
    to: LocationName,
    lines: Type.Array(
      Type.Object({
        sku: Sku,
        quantity: Type.Integer({ description: 'What was sent' }),
        received: Type.Integer({ description: 'What arrived; with a reason it may be more' }),
        lost: Type.Integer({ description: 'What was written off on the way' }),
        returned: Type.Integer({ description: 'What went back when it was cancelled' }),
        found: Type.Integer({ description: 'What arrived beyond what was sent, with a reason' }),
        inTransit: Units,
        excess: Type.Integer({
          description:
            'What arrived, or came back, though it is not known to have been sent; a receipt with a reason settles it',
        }),
      }),
    ),
    createdAt: Time,
    updatedAt: Time,
    reference: Reference,
  },
  { $id: 'Transfer', examples: [TRANSFER_EXAMPLE] },
);

const Line = Type.Object({ sku: Sku, quantity: Quantity }, CLOSED);

const TotalLine = Type.Object(
  { sku: Sku, quantity: Type.Integer({ ...Quantity, minimum: 0 }) },
  CLOSED,
);

export const NewTransfer = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        format: 'uuidv7',
        description:
          'A UUID of version 7 that the client makes, to stand on the papers that go with the goods. Sent again with the same content it answers the transfer that was made.',
        examples: [TRANSFER_ID_EXAMPLE],
      }),
    ),
    from: LocationName,
    to: LocationName,
    lines: Type.Array(Line, { minItems: 1, maxItems: TRANSFER_LINES_MAX }),
    reference: Type.Optional(Reference),
    occurredAt: Type.Optional(OccurredAt),
  },
  {
    ...CLOSED,
    $id: 'NewTransfer',
    ...named(TRANSFER_REQUESTS),
  },
);

export const Receipt = Type.Object(
  {
    to: Type.Optional({
      ...LocationName,
      description:
        'Where the goods are. Needed, with `lines`, where this node has not heard of the transfer, or of a line of it',
    }),
    lines: Type.Optional(
      Type.Array(TotalLine, {
        minItems: 1,
        maxItems: TRANSFER_LINES_MAX,
        description:
          'Totals that arrived at this place so far; what came to another place is not among them. Left out, everything that is under way did.',
      }),
    ),
    reason: Type.Optional({
      ...Reason,
      description:
        'Closes the transfer: what differs from what was sent is booked as a discrepancy with this reason',
    }),
    occurredAt: Type.Optional(OccurredAt),
  },
  { ...CLOSED, $id: 'Receipt', examples: [{}] },
);

export const TransferCancellation = Type.Object(
  { occurredAt: Type.Optional(OccurredAt) },
  { ...CLOSED, $id: 'TransferCancellation', examples: [{}] },
);

export type NewTransferBody = Static<typeof NewTransfer>;
export type ReceiptBody = Static<typeof Receipt>;
export type TransferCancellationBody = Static<typeof TransferCancellation>;
