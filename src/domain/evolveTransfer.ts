import { type EventDraft, isMovement, type MovementDraft } from './events.ts';
import { invariant } from './invariant.ts';
import {
  lineOf,
  statusOf,
  sumOf,
  type Transfer,
  type TransferLine,
  type TransferTotals,
  totalsAt,
} from './transfer.ts';

/**
 * What becomes of a transfer by events that name it, in order; any run of them may be given at once. Movements of this
 * node add to the totals of a line at their place, and a notice says how high these are at each place, as another node
 * knows it: as they only grow, the larger ones are right. So it does not matter in what order this node hears of the
 * others, or how often.
 */
export function evolveTransfer(
  before: Transfer | undefined,
  events: readonly EventDraft[],
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
    lines[at] = lineAfter(lines[at] ?? lineOf(sku, []), event);
  }
  invariant(transfer !== undefined, 'a transfer begins with an event');
  const { from } = transfer;
  return { ...transfer, lines, status: statusOf({ from, lines }), updatedAt: time };
}

/**
 * Whether a transfer may begin by the event: goods that come back, or are missed, were sent before. Where the dispatch was
 * to be heard of anew, what puts back such an event comes first.
 */
export function beginsTransfer(event: EventDraft): boolean {
  if (!isMovement(event) || event.type === 'dispatch') return true;
  if (event.details?.replayOf !== undefined) return true;
  return event.to === 'available' && event.type !== 'recall';
}

function begun(event: EventDraft, time: number): Transfer {
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
function withEnds(transfer: Transfer, event: EventDraft): Transfer {
  const from = sourceOf(event);
  if (transfer.from !== null || from === null) return transfer;
  const { destination: to = transfer.to, reference = null } = event.details ?? {};
  return { ...transfer, from, to, reference: transfer.reference ?? reference };
}

function sourceOf({ type, location, details }: EventDraft): string | null {
  return type === 'dispatch' ? location : (details?.source ?? null);
}

function lineAfter(line: TransferLine, event: EventDraft): TransferLine {
  if (!isMovement(event)) {
    return (event.details?.places ?? []).reduce(
      (known, { place, ...totals }) =>
        atPlace(known, place, larger(totalsAt(known, place), totals)),
      line,
    );
  }
  const { location } = event;
  return atPlace(line, location, totalsAfter(totalsAt(line, location), event));
}

/** The line with other totals at a place. */
function atPlace(line: TransferLine, place: string, totals: TransferTotals): TransferLine {
  const { quantity, received, lost, returned, found } = totals;
  const told = { place, quantity, received, lost, returned, found };
  const isKnown = line.places.some((one) => one.place === place);
  const places = isKnown
    ? line.places.map((one) => (one.place === place ? told : one))
    : [...line.places, told];
  return lineOf(line.sku, places);
}

/** The totals of a line at the place of a movement, after it. Units that arrive with a reason are explained at once. */
export function totalsAfter(
  before: TransferTotals,
  { type, from, to, quantity }: MovementDraft,
): TransferTotals {
  return sumOf(before, {
    quantity: type === 'dispatch' ? quantity : 0,
    received: to === 'available' && type !== 'recall' ? quantity : 0,
    lost: to === 'shrinkage' ? quantity : 0,
    returned: type === 'recall' ? quantity : 0,
    found: from === 'shrinkage' ? quantity : 0,
  });
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
