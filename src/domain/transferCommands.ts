import type {
  CancelTransferCommand,
  DispatchCommand,
  Line,
  ReceiveTransferCommand,
  TransferLineContent,
} from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft } from './events.ts';
import { mergeLines } from './lines.ts';
import { custodyElsewhere, fenced } from './movements.ts';
import type { RefusalOf } from './refusals.ts';
import { findShortages } from './reserve.ts';
import type { State } from './state.ts';
import { fits, type OutsideAccount } from './stock.ts';
import { type Transfer, type TransferLine, underWay } from './transfer.ts';

/** Sends goods on their way: all lines or none. */
export function decideDispatch(state: State, command: DispatchCommand): DecisionOf<'dispatch'> {
  const { from, to, transferId } = command;
  const lines = linesAt(from, command.lines);
  for (const { sku } of lines) {
    if (!state.product(sku)) return refuse({ code: 'product_not_found', sku });
  }
  for (const location of [from, to]) {
    if (!state.location(location)) return refuse({ code: 'location_not_found', location });
  }
  const foreign = dispatchedElsewhere(state, command);
  if (foreign) return refuse(foreign);
  const shortages = findShortages(state, lines);
  if (shortages.length > 0) return refuse({ code: 'insufficient_stock', shortages });
  const details: EventDetails = {
    transferId,
    destination: to,
    ...(command.reference !== null && { reference: command.reference }),
    ...occurred(command),
  };
  return accept(
    lines.map(({ sku, location, quantity }) => ({
      type: 'dispatch',
      sku,
      location,
      quantity,
      from: 'available',
      to: 'transit',
      reservationId: null,
      details,
    })),
  );
}

/** Goods leave and arrive where this node has them in hand; between nodes they do not travel yet. */
function dispatchedElsewhere(state: State, { from, to }: DispatchCommand) {
  const places = [state.location(from), state.location(to)];
  const foreign = places.map((place) => place && custodyElsewhere(place)).find(Boolean);
  return foreign ?? (places[0] && fenced(places[0]));
}

/** The lines of a dispatch as lines at the place that the goods leave, added up per level. */
export function linesAt(location: string, lines: readonly TransferLineContent[]): readonly Line[] {
  return mergeLines(lines.map(({ sku, quantity }) => ({ sku, location, quantity })));
}

/** Books what arrived. Without a reason the rest stays under way; with one the transfer is closed. */
export function decideReceiveTransfer(
  state: State,
  command: ReceiveTransferCommand,
): DecisionOf<'receiveTransfer'> {
  const { transferId, reason } = command;
  const transfer = state.transfer(transferId);
  if (!transfer) return refuse({ code: 'transfer_not_found', transferId });
  if (transfer.status === 'cancelled') return refuse({ code: 'transfer_cancelled' });
  const totals = command.lines && arrivedBySku(command.lines);
  const foreign = command.lines?.find(({ sku }) => !transfer.lines.some((l) => l.sku === sku));
  if (foreign) return refuse({ code: 'line_not_in_transfer', sku: foreign.sku });
  if (transfer.status === 'received') {
    const more = transfer.lines.some((line) => (totals?.get(line.sku) ?? 0) > line.received);
    return more ? refuse({ code: 'transfer_received' }) : accept([]);
  }
  const arrived = transfer.lines.map((line) => arrivedOf(line, totals));
  const excess = excessOf(transfer, arrived);
  if (excess && reason === undefined) return refuse(excess);
  const tooLarge = transfer.lines.find(
    ({ sku, received }, i) =>
      !fits(state.level(sku, transfer.to), (arrived[i] ?? received) - received),
  );
  if (tooLarge) {
    return refuse({ code: 'balance_too_large', sku: tooLarge.sku, location: transfer.to });
  }
  return accept(
    transfer.lines.flatMap((line, i) => receipt(transfer, line, arrived[i] ?? 0, command)),
  );
}

/** The first line of which more arrived than was sent. */
function excessOf(
  { lines }: Transfer,
  arrived: readonly number[],
): Extract<RefusalOf<'receiveTransfer'>, { code: 'receipt_exceeds_transfer' }> | undefined {
  for (const [i, { sku, quantity: dispatched }] of lines.entries()) {
    const received = arrived[i] ?? 0;
    if (received > dispatched) {
      return { code: 'receipt_exceeds_transfer', sku, received, dispatched };
    }
  }
  return undefined;
}

function arrivedBySku(lines: readonly TransferLineContent[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return totals;
}

/** What arrived of a line in all; a total below what is known already is an old message, and changes nothing. */
function arrivedOf(line: TransferLine, totals: Map<string, number> | undefined): number {
  const total = totals ? (totals.get(line.sku) ?? line.received) : line.received + underWay(line);
  return Math.max(total, line.received);
}

function receipt(
  transfer: Transfer,
  line: TransferLine,
  arrived: number,
  command: ReceiveTransferCommand,
): MovementDraft[] {
  const onTheWay = underWay(line);
  const expected = Math.min(arrived - line.received, onTheWay);
  const surplus = arrived - line.received - expected;
  const missing = command.reason === undefined ? 0 : onTheWay - expected;
  const details: EventDetails = {
    transferId: transfer.id,
    ...(command.reason !== undefined && { reason: command.reason }),
    ...occurred(command),
  };
  const at = (
    type: 'arrive' | 'discrepancy',
    quantity: number,
    from: OutsideAccount,
    to: 'available' | 'shrinkage',
  ): MovementDraft[] =>
    quantity === 0
      ? []
      : [
          {
            type,
            sku: line.sku,
            location: transfer.to,
            quantity,
            from,
            to,
            reservationId: null,
            details,
          },
        ];
  return [
    ...at('arrive', expected, 'transit', 'available'),
    ...at('discrepancy', surplus, 'shrinkage', 'available'),
    ...at('discrepancy', missing, 'transit', 'shrinkage'),
  ];
}

/** What is still under way goes back to where it came from, once. */
export function decideCancelTransfer(
  state: State,
  command: CancelTransferCommand,
): DecisionOf<'cancelTransfer'> {
  const { transferId } = command;
  const transfer = state.transfer(transferId);
  if (!transfer) return refuse({ code: 'transfer_not_found', transferId });
  if (transfer.lines.some((line) => line.returned > 0)) return accept([]);
  if (transfer.status === 'received') return refuse({ code: 'transfer_received' });
  const location = transfer.from;
  const back = transfer.lines.filter((line) => underWay(line) > 0);
  const tooLarge = back.find((line) => !fits(state.level(line.sku, location), underWay(line)));
  if (tooLarge) return refuse({ code: 'balance_too_large', sku: tooLarge.sku, location });
  const details: EventDetails = { transferId, ...occurred(command) };
  return accept(
    back.map((line) => ({
      type: 'recall',
      sku: line.sku,
      location,
      quantity: underWay(line),
      from: 'transit',
      to: 'available',
      reservationId: null,
      details,
    })),
  );
}

function occurred(command: { readonly occurredAt?: number }): EventDetails {
  return command.occurredAt === undefined ? {} : { occurredAt: command.occurredAt };
}
