import { type Static, type TSchema, Type } from 'typebox';
import { MOVEMENT_COMMANDS, type MovementCommandType } from '../../domain/commands.ts';
import { QUANTITY_MAX } from '../../domain/limits.ts';
import { named } from '../namedExamples.ts';
import { VARIANTS } from '../validation.ts';
import {
  CLOSED,
  EventReference,
  LocationName,
  OccurredAt,
  Quantity,
  Reason,
  Sku,
  Version,
} from './common.ts';
import { MOVEMENT_REQUESTS } from './requestExamples.ts';

const COMMON = {
  sku: Sku,
  location: LocationName,
  reason: Type.Optional(Reason),
  reference: Type.Optional(EventReference),
  expectedVersion: Type.Optional(
    Type.Integer({ ...Version, description: 'Refused unless the level still has this version' }),
  ),
  occurredAt: Type.Optional(OccurredAt),
};

const ALLOW_SHORTFALL = {
  allowShortfall: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'The goods are already gone, or never were there: `available` may go below zero, which is recorded',
    }),
  ),
};

const Signed = Type.Unsafe<number>({
  type: 'integer',
  minimum: -QUANTITY_MAX,
  maximum: QUANTITY_MAX,
  not: { const: 0 },
  description: 'Units to add, or below zero to take away; not 0',
});

const Counted = Type.Integer({
  minimum: 0,
  maximum: QUANTITY_MAX,
  description: 'Units that are on hand, promised ones included',
});

/** What each type of movement takes besides the fields that all have. */
const FIELDS: { readonly [T in MovementCommandType]: { readonly [name: string]: TSchema } } = {
  receive: { quantity: Quantity },
  adjust: { quantity: Signed, ...ALLOW_SHORTFALL },
  count: { quantity: Counted, ...ALLOW_SHORTFALL },
  sell: { quantity: Quantity, ...ALLOW_SHORTFALL },
  return: { quantity: Quantity },
  quarantine: { quantity: Quantity },
  restore: { quantity: Quantity },
};

/** Said for all variants at once, because TypeScript needs no more and the checks are made on the exact ones. */
const Any = Type.Object({
  type: Type.Enum(MOVEMENT_COMMANDS),
  quantity: Type.Integer(),
  ...COMMON,
  ...ALLOW_SHORTFALL,
});
export type MovementBody = Static<typeof Any>;

/** One variant of movement per type. `extra` are fields that it has only inside a batch. */
export function movementVariants(extra: { readonly [name: string]: TSchema } = {}): TSchema[] {
  return MOVEMENT_COMMANDS.map((type) =>
    Type.Object(
      { type: Type.Literal(type), ...COMMON, ...FIELDS[type], ...extra },
      { ...CLOSED, title: type },
    ),
  );
}

export const NewMovement = Type.Unsafe<MovementBody>({
  $id: 'NewMovement',
  ...named(MOVEMENT_REQUESTS),
  ...variants(movementVariants(), MOVEMENT_COMMANDS),
});

/** A choice by the member `type`; its names are kept for the message to whoever gives another one. */
export function variants(schemas: readonly TSchema[], names: readonly string[]) {
  return {
    type: 'object',
    discriminator: { propertyName: 'type' },
    required: ['type'],
    oneOf: schemas,
    [VARIANTS]: names,
  };
}
