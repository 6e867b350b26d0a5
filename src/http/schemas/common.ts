import { type Static, type TSchema, type TUnsafe, Type } from 'typebox';
import { invariant } from '../../domain/invariant.ts';
import {
  IDENTIFIER_CODE_POINTS_MAX,
  METADATA_BYTES_MAX,
  QUANTITY_MAX,
  REASON_CODE_POINTS_MAX,
  REFERENCE_CODE_POINTS_MAX,
  TTL_SECONDS_MAX,
  TTL_SECONDS_MIN,
} from '../../domain/limits.ts';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from '../../queries/listing.ts';
import { JSON_BYTES_MAX } from '../validation.ts';
import { RESERVATION_ID_EXAMPLE, TRANSFER_ID_EXAMPLE } from './requestExamples.ts';

/** No member beside those of the schema is taken. */
export const CLOSED = { additionalProperties: false } as const;

/** Points to a schema by its `$id`, so that the OpenAPI document says it once. */
export function ref<T extends TSchema>(schema: T): TUnsafe<Static<T>> {
  const id: unknown = Reflect.get(schema, '$id');
  invariant(typeof id === 'string', 'a schema that is pointed to has a name');
  return Type.Unsafe<Static<T>>({ $ref: `${id}#` });
}

/** Given or null, which for the ledger is the same as left out. */
export function nullable<T>(schema: TSchema & { readonly type: string }): TUnsafe<T | null> {
  return Type.Unsafe<T | null>({ ...schema, type: [schema.type, 'null'] });
}

export const Sku = Type.String({
  format: 'identifier',
  minLength: 1,
  maxLength: IDENTIFIER_CODE_POINTS_MAX,
  description:
    'Code of a product: 1 to 128 characters in NFC, without control characters, leading or trailing blanks, and not `.` or `..`; case matters',
  examples: ['MUG-BLUE'],
});

export const LocationName = Type.String({
  format: 'identifier',
  minLength: 1,
  maxLength: IDENTIFIER_CODE_POINTS_MAX,
  description: 'Name of a location, by the same rules as a SKU',
  examples: ['STORE-BERLIN'],
});

export const Quantity = Type.Integer({
  minimum: 1,
  maximum: QUANTITY_MAX,
  description: 'Units',
  examples: [2],
});

export const Time = Type.String({
  format: 'date-time',
  description: 'RFC 3339, with its offset',
  examples: ['2026-01-31T08:00:00.000Z'],
});

export const OccurredAt = Type.String({
  format: 'date-time',
  description:
    'When it happened, as the client says; it is written down and nothing is decided by it',
  examples: ['2026-01-31T07:58:00Z'],
});

export const Reason = Type.String({
  maxLength: REASON_CODE_POINTS_MAX,
  description: 'Why, in words; it stays in the log',
  examples: ['damaged in transport'],
});

/** Of an event: kept in the log for ever. */
export const EventReference = Type.String({
  maxLength: REFERENCE_CODE_POINTS_MAX,
  description: 'A number or name of the client; it stays in the log, so no personal data',
  examples: ['delivery-4711'],
});

/** Of a reservation or transfer. */
export const Reference = nullable<string>(
  Type.String({
    maxLength: REFERENCE_CODE_POINTS_MAX,
    description: 'A number or name of the client',
    examples: ['order-1001'],
  }),
);

export type JsonMembers = { [name: string]: unknown };

export const Metadata = nullable<JsonMembers>(
  Type.Record(Type.String(), Type.Unknown(), {
    [JSON_BYTES_MAX]: METADATA_BYTES_MAX,
    description: 'Any JSON object of at most 4 KiB, nested at most 20 levels deep',
    examples: [{ channel: 'web' }],
  }),
);

export const TtlSeconds = Type.Integer({
  minimum: TTL_SECONDS_MIN,
  maximum: TTL_SECONDS_MAX,
  description: 'How long the hold lasts',
  examples: [900],
});

export const Uuid = Type.String({
  format: 'uuid',
  examples: [TRANSFER_ID_EXAMPLE],
});

export const ReservationId = Type.String({
  format: 'reservation-id',
  description:
    "A UUID. A part of another node's reservation that is handed over here has the id of that reservation, or where it was taken already, that id, `@` and the name of the node.",
  examples: [RESERVATION_ID_EXAMPLE],
});

export const NodeName = Type.String({
  format: 'identifier',
  minLength: 1,
  maxLength: IDENTIFIER_CODE_POINTS_MAX,
  description: 'Name of a node, by the same rules as a SKU',
  examples: ['store-12'],
});

export const Version = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Counts the movements of the level; 0 where there was none',
  examples: [7],
});

/** A count of units in an answer. */
export const Units = Type.Integer();

/** Parameters that every list takes. */
export const PAGING = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_LIMIT_MAX,
      default: PAGE_LIMIT_DEFAULT,
      description: 'How many entries a page has at most',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ description: '`nextCursor` of the page before; left out for the first' }),
  ),
};

export const NextCursor = nullable<string>(
  Type.String({ description: 'Gets the next page; null at the end of the list' }),
);

/** One page of a list. */
export function listOf<T extends TSchema>(entry: T) {
  return Type.Object({ data: Type.Array(entry), nextCursor: NextCursor });
}

/** A route takes no query parameters. */
export const NoQuery = Type.Object({}, CLOSED);
