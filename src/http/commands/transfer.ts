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
import { occurred } from './occurred.ts';

/** @throws {ProblemError} when the goods would not move */
export function toDispatch(body: NewTransferBody, newId: () => string): DispatchCommand {
  const { from, to, lines, reference = null } = body;
  if (from === to) throw invalidRequest([inputError('body', '/to', 'must differ from `from`', to)]);
  return { type: 'dispatch', transferId: newId(), from, to, lines, reference, ...occurred(body) };
}

export function toReceiveTransfer(id: string, body: ReceiptBody): ReceiveTransferCommand {
  const { lines, reason } = body;
  return {
    type: 'receiveTransfer',
    transferId: id.toLowerCase(),
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
