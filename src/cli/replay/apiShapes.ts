import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Command } from '../../domain/commands.ts';
import { CommandError } from '../exitCodes.ts';
import type { Booked, BookedMovement, KnownLocation, PlayResult } from './target.ts';

/** Only what the replay looks at; a server may say more. */
const Page = Type.Object({
  data: Type.Array(Type.Unknown()),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
const Location = Type.Object({
  attributes: Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]),
});
const Product = Type.Object({ sku: Type.String() });
const Level = Type.Object({ sku: Type.String(), onHand: Type.Integer() });
const Reservation = Type.Object({
  id: Type.String(),
  status: Type.String(),
  lines: Type.Array(Type.Object({ fulfilled: Type.Integer() })),
});
const Movement = Type.Object({
  quantity: Type.Integer(),
  reference: Type.Optional(Type.String()),
});
const Problem = Type.Object({ code: Type.String() });
const Outcomes = Type.Object({
  outcomes: Type.Array(Type.Object({ status: Type.Integer(), body: Type.Unknown() })),
});

export function readPage(body: unknown): Static<typeof Page> {
  return read(Page, body, 'a list');
}

export function readLocation(body: unknown): KnownLocation {
  return read(Location, body, 'a location');
}

export function readSku(body: unknown): string {
  return read(Product, body, 'a product').sku;
}

export function readStock(body: unknown): Static<typeof Level> {
  return read(Level, body, 'a stock level');
}

/** @returns undefined for a movement without a reference */
export function readMovement(body: unknown): BookedMovement | undefined {
  const { reference, quantity } = read(Movement, body, 'a movement');
  return reference === undefined ? undefined : { reference, units: quantity };
}

/** @returns undefined for one that is not handed over yet */
export function readFulfilled(body: unknown): Booked | undefined {
  const reservation = read(Reservation, body, 'a reservation');
  return reservation.status === 'fulfilled' ? unitsOf(reservation) : undefined;
}

/** In the order of the commands. */
export function readOutcomes(body: unknown): PlayResult[] {
  return read(Outcomes, body, 'the outcomes of a batch').outcomes.map(readOutcome);
}

function readOutcome({ status, body }: { status: number; body: unknown }): PlayResult {
  if (status >= 400) return { kind: 'refused', code: read(Problem, body, 'a problem').code };
  const booked = Value.Check(Reservation, body)
    ? unitsOf(body)
    : { lines: 1, units: read(Movement, body, 'an event').quantity };
  return { kind: 'booked', ...booked };
}

function unitsOf({ lines }: Static<typeof Reservation>): Booked {
  return { lines: lines.length, units: lines.reduce((sum, line) => sum + line.fulfilled, 0) };
}

/** The body of `POST /v1/batch`. Each movement gets its reference as idempotency key. */
export function batchBody(commands: readonly Command[]): unknown {
  return { commands: commands.map(commandBody) };
}

function commandBody(command: Command): unknown {
  const occurredAt =
    'occurredAt' in command && command.occurredAt !== undefined
      ? { occurredAt: new Date(command.occurredAt).toISOString() }
      : {};
  if (command.type === 'reserve') {
    const { reservationId: id, ...fields } = command;
    return { ...fields, id, ...occurredAt };
  }
  const key = 'reference' in command ? { idempotencyKey: command.reference } : {};
  return { ...command, ...occurredAt, ...key };
}

/** @throws {CommandError} when the server speaks otherwise than this version of the command */
function read<T extends TSchema>(schema: T, body: unknown, what: string): Static<T> {
  if (Value.Check(schema, body)) return body;
  throw new CommandError(`the server answered something else than ${what}; is it a Holdfast?`);
}
