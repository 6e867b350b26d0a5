import type {
  CancelTransferCommand,
  DispatchCommand,
  ReceiveTransferCommand,
} from '../../domain/commands.ts';
import { inputError, invalidRequest } from '../problem.ts';
import type {
  NewTransferBody,
  ReceiptBody,
  TransferCancellationBody,
} from '../schemas/transfer.ts';
import { uuidV7Problem } from '../validation.ts';
import { occurred } from './occurred.ts';

/** @throws {ProblemError} when the goods would not move */
export function toDispatch(body: NewTransferBody, newId: () => string): DispatchCommand {
  const { id, from, to, lines, reference = null } = body;
  if (from === to) throw invalidRequest([inputError('body', '/to', 'must differ from `from`', to)]);
  const transferId = id === undefined ? newId() : id.toLowerCase();
  return { type: 'dispatch', transferId, from, to, lines, reference, ...occurred(body) };
}

/** @throws {ProblemError} when goods would be taken in under an id that no dispatch can ever have */
export function toReceiveTransfer(id: string, body: ReceiptBody): ReceiveTransferCommand {
  const { to, lines, reason } = body;
  const problem = to === undefined ? null : uuidV7Problem(id);
  if (problem !== null) throw invalidRequest([inputError('path', '/id', problem, id)]);
  return {
    type: 'receiveTransfer',
    transferId: id.toLowerCase(),
    ...(to !== undefined && { to }),
    ...(lines !== undefined && { lines }),
    ...(reason !== undefined && { reason }),
    ...occurred(body),
  };
}

export function toCancelTransfer(
  id: string,
  body: TransferCancellationBody,
): CancelTransferCommand {
  return { type: 'cancelTransfer', transferId: id.toLowerCase(), ...occurred(body) };
}
