import { type Static, type TSchema, Type } from 'typebox';
import { MOVEMENT_COMMANDS } from '../../domain/commands.ts';
import { BATCH_COMMANDS_MAX, IDEMPOTENCY_KEY_LENGTH_MAX } from '../../domain/limits.ts';
import { CLOSED, ReservationId } from './common.ts';
import { EVENT_EXAMPLE } from './examples.ts';
import { type MovementBody, movementVariants, variants } from './movement.ts';
import { BATCH_REQUEST } from './requestExamples.ts';
import {
  CANCEL_FIELDS,
  CONFIRM_FIELDS,
  EXTEND_FIELDS,
  FULFIL_FIELDS,
  RESERVE_FIELDS,
} from './reservation.ts';

const KEY = {
  idempotencyKey: Type.Optional(
    Type.String({
      pattern: '^[ -~]+$',
      minLength: 1,
      maxLength: IDEMPOTENCY_KEY_LENGTH_MAX,
      description: 'As the header of the single request',
    }),
  ),
};
const RESERVATION_ID = { reservationId: ReservationId };

const Reserve = Type.Object(
  { type: Type.Literal('reserve'), ...RESERVE_FIELDS, ...KEY },
  { ...CLOSED, title: 'reserve' },
);
const Confirm = ofReservation('confirm', CONFIRM_FIELDS);
const Cancel = ofReservation('cancel', CANCEL_FIELDS);
const Extend = ofReservation('extend', EXTEND_FIELDS);
const Fulfil = ofReservation('fulfil', FULFIL_FIELDS);

function ofReservation<const T extends string, F extends { readonly [name: string]: TSchema }>(
  type: T,
  fields: F,
) {
  return Type.Object(
    { type: Type.Literal(type), ...RESERVATION_ID, ...fields, ...KEY },
    { ...CLOSED, title: type },
  );
}

const BATCH_TYPES = [
  ...MOVEMENT_COMMANDS,
  'reserve',
  'confirm',
  'cancel',
  'extend',
  'fulfil',
] as const;

export type BatchCommandBody =
  | (MovementBody & { idempotencyKey?: string })
  | Static<typeof Reserve>
  | Static<typeof Confirm>
  | Static<typeof Cancel>
  | Static<typeof Extend>
  | Static<typeof Fulfil>;

export const BatchCommand = Type.Unsafe<BatchCommandBody>({
  $id: 'BatchCommand',
  description:
    'The body of the route of its type, with `type`, for all but `reserve` and movements with `reservationId`, and with a key of its own if it shall have one',
  ...variants([...movementVariants(KEY), Reserve, Confirm, Cancel, Extend, Fulfil], BATCH_TYPES),
});

export const Batch = Type.Object(
  {
    atomic: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'All or nothing: one refused command undoes the whole batch',
      }),
    ),
    commands: Type.Array(Type.Unsafe<BatchCommandBody>({ $ref: 'BatchCommand#' }), {
      minItems: 1,
      maxItems: BATCH_COMMANDS_MAX,
    }),
  },
  {
    ...CLOSED,
    $id: 'Batch',
    examples: [BATCH_REQUEST],
  },
);
export type BatchBody = Static<typeof Batch>;

export const BatchOutcomes = Type.Object(
  {
    outcomes: Type.Array(
      Type.Object({
        status: Type.Integer({ description: 'As of the single request' }),
        body: Type.Unsafe<unknown>({
          oneOf: [{ $ref: 'Event#' }, { $ref: 'Reservation#' }, { $ref: 'Problem#' }],
        }),
        replayed: Type.Optional(
          Type.Boolean({
            description: 'Decided earlier, under the idempotency key of this command',
          }),
        ),
      }),
      { description: 'In the order of the commands' },
    ),
  },
  { $id: 'BatchOutcomes', examples: [{ outcomes: [{ status: 201, body: EVENT_EXAMPLE }] }] },
);
