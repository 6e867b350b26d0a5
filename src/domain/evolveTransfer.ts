import { isMovement, type LedgerEvent, type Movement } from './events.ts';
import { invariant } from './invariant.ts';
import {
  emptyLine,
  statusOf,
  type Transfer,
  type TransferLine,
  type TransferTotals,
} from './transfer.ts';

/**
 * What becomes of a transfer by events that name it, in order; any run of them may be given at once. Movements of this
 * node add to the totals of a line, and a notice says how high they are since some step of another node: as totals only
 * grow, it takes the larger ones. So it does not matter in what order this node hears of the others, or how often.
 */
export function evolveTransfer(
  before: Transfer | undefined,
  events: readonly LedgerEvent[],
  time: number,
): Transfer {
  let transfer = before;
  const lines: TransferLine[] = before ? [...before.lines] : [];
  for (const event of events) {
    transfer = transfer ? withEnds(transfer, event) : begun(event, time);
    const { sku } = event;
    invariant(sku !== null, 'a step of a transfer names its product');
    const index = lines.findIndex((line) => line.sku === sku);
    const at = index < 0 ? lines.length : index;
    lines[at] = { sku, ...totalsAfter(lines[at] ?? emptyLine(sku), event) };
  }
  invariant(transfer !== undefined, 'a transfer begins with an event');
  const { from } = transfer;
  return { ...transfer, lines, status: statusOf({ from, lines }), updatedAt: time };
}

/** Whether a transfer may begin by the event: goods that come back, or are missed, were sent before. */
export function beginsTransfer(event: LedgerEvent): boolean {
  if (!isMovement(event) || event.type === 'dispatch') return true;
  return event.to === 'available' && event.type !== 'recall';
}

function begun(event: LedgerEvent, time: number): Transfer {
  const { location, details } = event;
  const { transferId, reference = null } = details ?? {};
  invariant(transferId !== undefined && location !== null, 'a step names transfer and location');
  invariant(beginsTransfer(event), () => `a transfer does not begin with ${event.type}`);
  return {
    id: transferId,
    status: 'unmatched',
    from: sourceOf(event),
    to: details?.destination ?? location,
    lines: [],
    createdAt: time,
    updatedAt: time,
    reference,
  };
}

/** Where the goods have left, and where they were sent, once the dispatch is known; before that they are where they came. */
function withEnds(transfer: Transfer, event: LedgerEvent): Transfer {
  const from = sourceOf(event);
  if (transfer.from !== null || from === null) return transfer;
  const { destination: to = transfer.to, reference = null } = event.details ?? {};
  return { ...transfer, from, to, reference: transfer.reference ?? reference };
}

function sourceOf({ type, location, details }: LedgerEvent): string | null {
  return type === 'dispatch' ? location : (details?.source ?? null);
}

function totalsAfter(before: TransferTotals, event: LedgerEvent): TransferTotals {
  if (!isMovement(event)) return larger(before, event.details?.totals ?? before);
  const step = stepTotals(event);
  return {
    quantity: before.quantity + step.quantity,
    received: before.received + step.received,
    lost: before.lost + step.lost,
    returned: before.returned + step.returned,
    found: before.found + step.found,
  };
}

/** What a movement adds. Units that arrive with a reason, beyond what was sent, are explained by it at once. */
function stepTotals({ type, from, to, quantity }: Movement): TransferTotals {
  return {
    quantity: type === 'dispatch' ? quantity : 0,
    received: to === 'available' && type !== 'recall' ? quantity : 0,
    lost: to === 'shrinkage' ? quantity : 0,
    returned: type === 'recall' ? quantity : 0,
    found: from === 'shrinkage' ? quantity : 0,
  };
}

function larger(one: TransferTotals, other: TransferTotals): TransferTotals {
  return {
    quantity: Math.max(one.quantity, other.quantity),
    received: Math.max(one.received, other.received),
    lost: Math.max(one.lost, other.lost),
    returned: Math.max(one.returned, other.returned),
    found: Math.max(one.found, other.found),
  };
}
