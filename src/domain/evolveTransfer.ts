import type { Movement } from './events.ts';
import { invariant } from './invariant.ts';
import type { Transfer, TransferLine, TransferStatus } from './transfer.ts';
import { underWay } from './transfer.ts';

/** What becomes of a transfer by events of its own, in order; any run of them may be given at once. */
export function evolveTransfer(
  before: Transfer | undefined,
  events: readonly Movement[],
  time: number,
): Transfer {
  let transfer = before;
  const lines: TransferLine[] = before ? [...before.lines] : [];
  for (const event of events) {
    if (event.type === 'dispatch') {
      transfer ??= dispatched(event, time);
      lines.push({ sku: event.sku, quantity: event.quantity, received: 0, lost: 0, returned: 0 });
      continue;
    }
    const index = lines.findIndex((line) => line.sku === event.sku);
    lines[index] = movedTransferLine(lines[index], event);
  }
  invariant(transfer !== undefined, 'a transfer begins with a dispatch');
  return { ...transfer, lines, status: transferStatus(lines), updatedAt: time };
}

function dispatched(event: Movement, time: number): Transfer {
  const { transferId, destination, reference } = event.details ?? {};
  invariant(transferId !== undefined && destination !== undefined, 'a dispatch says where to');
  return {
    id: transferId,
    status: 'in_transit',
    from: event.location,
    to: destination,
    lines: [],
    createdAt: time,
    updatedAt: time,
    reference: reference ?? null,
  };
}

function movedTransferLine(line: TransferLine | undefined, event: Movement): TransferLine {
  invariant(
    line !== undefined,
    () => `${event.type} of ${event.sku}: no such line of the transfer`,
  );
  const { quantity } = event;
  if (event.type === 'recall') return { ...line, returned: line.returned + quantity };
  if (event.to === 'shrinkage') return { ...line, lost: line.lost + quantity };
  return { ...line, received: line.received + quantity };
}

function transferStatus(lines: readonly TransferLine[]): TransferStatus {
  if (lines.some((line) => underWay(line) > 0)) return 'in_transit';
  return lines.some((line) => line.received > 0 || line.lost > 0) ? 'received' : 'cancelled';
}
