import type {
  CancelCommand,
  ConfirmCommand,
  ExtendCommand,
  FulfilCommand,
  ReserveCommand,
} from '../../domain/commands.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { TTL_SECONDS_DEFAULT } from '../../domain/limits.ts';
import { mergeLines } from '../../domain/lines.ts';
import { toReservationId } from '../reservationIds.ts';
import type { JsonMembers } from '../schemas/common.ts';
import type {
  CancellationBody,
  ConfirmationBody,
  ExtensionBody,
  FulfilmentBody,
  NewReservationBody,
} from '../schemas/reservation.ts';
import { occurred } from './occurred.ts';
import { fixedLines, toSourcing } from './sourcing.ts';

/**
 * @param place where the body is in that of the request, as a JSON pointer
 * @throws {ProblemError} when what is said of open lines does not fit together
 */
export function toReserve(
  body: NewReservationBody,
  newId: () => string,
  place = '',
): ReserveCommand {
  const { id, ttlSeconds = TTL_SECONDS_DEFAULT, reference = null, metadata = null } = body;
  const sourcing = toSourcing(body, place);
  return {
    type: 'reserve',
    reservationId: id === undefined ? newId() : id.toLowerCase(),
    lines: mergeLines(fixedLines(body.lines)),
    ...(sourcing && { sourcing }),
    ttlSeconds,
    reference,
    metadata: metadata && toJsonObject(metadata),
    ...occurred(body),
  };
}

export function toConfirm(id: string, body: ConfirmationBody): ConfirmCommand {
  return {
    type: 'confirm',
    reservationId: toReservationId(id),
    ...totals(body),
    ...occurred(body),
  };
}

export function toCancel(id: string, body: CancellationBody): CancelCommand {
  return { type: 'cancel', reservationId: toReservationId(id), ...occurred(body) };
}

export function toExtend(id: string, { ttlSeconds }: ExtensionBody): ExtendCommand {
  return { type: 'extend', reservationId: toReservationId(id), ttlSeconds };
}

export function toFulfil(id: string, body: FulfilmentBody): FulfilCommand {
  return { type: 'fulfil', reservationId: toReservationId(id), ...totals(body), ...occurred(body) };
}

function totals({ lines }: ConfirmationBody | FulfilmentBody): Pick<ConfirmCommand, 'lines'> {
  return lines === undefined ? {} : { lines: mergeLines(lines) };
}

/** A member of a parsed body is JSON by its making, which its schema's type cannot say. */
export function toJsonObject(members: JsonMembers): JsonObject {
  return members as { [name: string]: Json };
}
