import type { Command } from '../../domain/commands.ts';
import type { Item } from '../../ledger/ledger.ts';
import { fingerprint } from '../idempotency.ts';
import type { BatchCommandBody } from '../schemas/batch.ts';
import { toMovement } from './movement.ts';
import { toCancel, toConfirm, toExtend, toFulfil, toReserve } from './reservation.ts';

/**
 * @param place of the command in the request, as a JSON pointer
 * @throws {ProblemError} when what it says does not fit together
 */
export function toItem(body: BatchCommandBody, newId: () => string, place: string): Item {
  const command = toCommand(body, newId, place);
  const { idempotencyKey } = body;
  if (idempotencyKey === undefined) return { command };
  return { command, key: { key: idempotencyKey, fingerprint: fingerprintOf(body) } };
}

function toCommand(body: BatchCommandBody, newId: () => string, place: string): Command {
  switch (body.type) {
    case 'reserve':
      return toReserve(body, newId, place);
    case 'confirm':
      return toConfirm(body.reservationId, body);
    case 'cancel':
      return toCancel(body.reservationId, body);
    case 'extend':
      return toExtend(body.reservationId, body);
    case 'fulfil':
      return toFulfil(body.reservationId, body);
    default:
      return toMovement(body);
  }
}

/** That of the like single request, so that a key means the same in a batch and on its own. */
function fingerprintOf(body: BatchCommandBody): string {
  const { idempotencyKey: _, ...rest } = body;
  switch (rest.type) {
    case 'reserve': {
      const { type: _type, ...content } = rest;
      return fingerprint('POST', '/v1/reservations', content);
    }
    case 'confirm':
    case 'cancel':
    case 'extend':
    case 'fulfil': {
      const { type, reservationId, ...content } = rest;
      return fingerprint('POST', `/v1/reservations/${reservationId}/${type}`, content);
    }
    default:
      return fingerprint('POST', '/v1/movements', rest);
  }
}
