import type { Line, ReceiveTransferCommand, TransferLineContent } from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft } from './events.ts';
import { custodyElsewhere } from './movements.ts';
import type { RefusalOf } from './refusalPrecedence.ts';
import type { State } from './state.ts';
import { type Account, fits, type OutsideAccount } from './stock.ts';
import {
  lineOf,
  outstanding,
  type Transfer,
  type TransferLine,
  totalsAt,
  underWay,
} from './transfer.ts';
import { linesAt } from './transferCommands.ts';
import { withTotals } from './transferTotals.ts';

type Receipt = DecisionOf<'receiveTransfer'>;
type ReceiptRefusal = RefusalOf<'receiveTransfer'>;

/**
 * Books what arrived. Without a reason the rest stays under way; with one the transfer is closed, and what differs is
 * booked as a discrepancy. Goods may be here before this node has heard of their dispatch: then they are taken in all the
 * same, and matched when it hears of it.
 */
export function decideReceiveTransfer(state: State, command: ReceiveTransferCommand): Receipt {
  const transfer = state.transfer(command.transferId);
  if (!transfer) return receiveUnknown(state, command);
  const to = placeOf(transfer, command);
  const arrivals = arrivalsOf(state, transfer, to, command);
  const refusal =
    refusalOfPlace(state, transfer, to, arrivals, command) ??
    refusalOfState(state, transfer, to, arrivals, command) ??
    (transfer.from === null ? undefined : excessOf(to, arrivals, command)) ??
    tooLarge(state, to, arrivals);
  if (refusal) return refuse(refusal);
  const booked = arrivals.flatMap((arrival) => receipt(transfer, to, arrival, command));
  return accept(withTotals(state, transfer, booked));
}

/** Before the dispatch is known, any place that says what came may be the one that the goods were sent to. */
function placeOf({ from, to }: Transfer, command: ReceiveTransferCommand): string {
  return from === null && command.lines !== undefined ? (command.to ?? to) : to;
}

/**
 * Units of the line that the place may still see arrive; negative where more has. What another place has received or found
 * takes nothing from that: goods that are in hand here are taken in, and if both have booked them it shows as excess.
 */
function yetToCome(line: TransferLine, to: string): number {
  return line.places.reduce(
    (units, { place, received, found }) => units + (place === to ? 0 : received - found),
    outstanding(line),
  );
}

/** Goods are here, and of their transfer nothing is known yet. */
function receiveUnknown(state: State, command: ReceiveTransferCommand): Receipt {
  const { transferId, to } = command;
  const lines = (command.lines ?? []).filter(({ quantity }) => quantity > 0);
  if (to === undefined || lines.length === 0 || !state.isLinked()) {
    return refuse({ code: 'transfer_not_found', transferId });
  }
  const arrivals = linesAt(to, lines).map(added);
  const foreign = unknownProduct(state, arrivals) ?? placeElsewhere(state, to);
  const refusal = foreign ?? tooLarge(state, to, arrivals);
  if (refusal) return refuse(refusal);
  const booked = arrivals.map(({ line, more }) => {
    return movement(command, line.sku, to, 'arrive', more, 'transit', 'available');
  });
  return accept(withTotals(state, undefined, booked));
}

/** A line, and how many more units of it have come. */
interface Arrival {
  readonly line: TransferLine;
  readonly more: number;
  /** Nobody is known to have sent any of it. */
  readonly isNew: boolean;
}

function added({ sku, quantity }: Pick<Line, 'sku' | 'quantity'>): Arrival {
  return { line: lineOf(sku, []), more: quantity, isNew: true };
}

/**
 * Totals are those of the place itself: what has come to another one under this id was counted there. One below what is
 * known already is an old message, and changes nothing.
 */
function arrivalsOf(
  state: State,
  transfer: Transfer,
  to: string,
  command: ReceiveTransferCommand,
): readonly Arrival[] {
  const { lines } = transfer;
  const totals = command.lines && totalsBySku(command.lines);
  const known = lines.map((line) => {
    const { received } = totalsAt(line, to);
    const more = totals ? (totals.get(line.sku) ?? 0) - received : underWay(line);
    return { line, more: Math.max(more, 0), isNew: false };
  });
  if (!totals || !mayAdd(state, transfer, command)) return known;
  const skus = new Set(lines.map(({ sku }) => sku));
  const others = [...totals].filter(([sku, quantity]) => !skus.has(sku) && quantity > 0);
  return [...known, ...others.map(([sku, quantity]) => added({ sku, quantity }))];
}

function totalsBySku(lines: readonly TransferLineContent[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return totals;
}

/** A dispatch elsewhere is heard of line by line, and perhaps not all of it yet. */
function mayAdd(state: State, { from }: Transfer, { to }: ReceiveTransferCommand): boolean {
  return to !== undefined && isElsewhere(state, from);
}

function isElsewhere(state: State, from: string | null): boolean {
  return from === null || state.location(from)?.node !== undefined;
}

function refusalOfPlace(
  state: State,
  transfer: Transfer,
  to: string,
  arrivals: readonly Arrival[],
  command: ReceiveTransferCommand,
): ReceiptRefusal | undefined {
  if (command.to !== undefined && command.to !== to) {
    return { code: 'transfer_elsewhere', transferId: transfer.id, to };
  }
  const isNew = arrivals.filter((arrival) => arrival.isNew);
  return unknownProduct(state, isNew) ?? refusalOfCustody(state, transfer, to);
}

function refusalOfCustody(
  state: State,
  transfer: Transfer,
  to: string,
): ReceiptRefusal | undefined {
  if (to !== transfer.to) return placeElsewhere(state, to);
  // A location that is gone had nothing under way to it.
  const place = state.location(to);
  return place && custodyElsewhere(place);
}

function unknownProduct(state: State, arrivals: readonly Arrival[]): ReceiptRefusal | undefined {
  const unknown = arrivals.find(({ line }) => !state.product(line.sku));
  return unknown && { code: 'product_not_found', sku: unknown.line.sku };
}

function placeElsewhere(state: State, location: string): ReceiptRefusal | undefined {
  const place = state.location(location);
  return place ? custodyElsewhere(place) : { code: 'location_not_found', location };
}

/** What the transfer has come to does not allow. Goods that come though they were called back need a reason. */
function refusalOfState(
  state: State,
  transfer: Transfer,
  to: string,
  arrivals: readonly Arrival[],
  command: ReceiveTransferCommand,
): ReceiptRefusal | undefined {
  const { status, from, lines } = transfer;
  const isExplained = command.reason !== undefined && isElsewhere(state, from);
  if (status === 'cancelled' && !isExplained) return { code: 'transfer_cancelled' };
  const foreign = command.lines?.find(({ sku }) => !lines.some((line) => line.sku === sku));
  if (foreign && !mayAdd(state, transfer, command))
    return { code: 'line_not_in_transfer', sku: foreign.sku };
  const isTooLate =
    status === 'received' &&
    arrivals.some(({ line, more, isNew }) => more > 0 && yetToCome(line, to) <= 0 && !isNew);
  return isTooLate ? { code: 'transfer_received' } : undefined;
}

/** The first line of which more arrived than was sent. */
function excessOf(
  to: string,
  arrivals: readonly Arrival[],
  { reason }: ReceiveTransferCommand,
): ReceiptRefusal | undefined {
  if (reason !== undefined) return undefined;
  const found = arrivals.find(
    ({ line, more, isNew }) => !isNew && more > Math.max(yetToCome(line, to), 0),
  );
  if (!found) return undefined;
  const { line, more } = found;
  const before = totalsAt(line, to).received;
  const received = before + more;
  const dispatched = before + yetToCome(line, to);
  return { code: 'receipt_exceeds_transfer', sku: line.sku, received, dispatched };
}

function tooLarge(
  state: State,
  location: string,
  arrivals: readonly Arrival[],
): ReceiptRefusal | undefined {
  const found = arrivals.find(
    ({ line, more }) => more > 0 && !fits(state.level(line.sku, location), more),
  );
  return found && { code: 'balance_too_large', sku: found.line.sku, location };
}

/**
 * What arrived of a line: as far as it was under way, or nobody knows yet whether it was, out of transit; beyond that
 * with a reason. A reason also accounts for what has not come, or has come too much: but where nothing is known of a
 * dispatch, only if nothing else is said, for mostly it is yet to be heard of.
 */
function receipt(
  { from }: Transfer,
  to: string,
  { line, more, isNew }: Arrival,
  command: ReceiveTransferCommand,
): MovementDraft[] {
  const expected = from === null || isNew ? more : Math.min(more, Math.max(yetToCome(line, to), 0));
  const rest = outstanding(line) - expected;
  const isClosed = command.reason !== undefined && (from !== null || command.lines === undefined);
  const at = (
    type: 'arrive' | 'discrepancy',
    quantity: number,
    source: OutsideAccount,
    target: Account | OutsideAccount,
  ) => (quantity > 0 ? [movement(command, line.sku, to, type, quantity, source, target)] : []);
  return [
    ...at('arrive', expected, 'transit', 'available'),
    ...at('discrepancy', more - expected, 'shrinkage', 'available'),
    ...at('discrepancy', isClosed ? rest : 0, 'transit', 'shrinkage'),
    ...at('discrepancy', isClosed ? -rest : 0, 'shrinkage', 'transit'),
  ];
}

function movement(
  { transferId, reason, occurredAt }: ReceiveTransferCommand,
  sku: string,
  location: string,
  type: 'arrive' | 'discrepancy',
  quantity: number,
  from: OutsideAccount,
  to: Account | OutsideAccount,
): MovementDraft {
  const details: EventDetails = {
    transferId,
    ...(reason !== undefined && { reason }),
    ...(occurredAt !== undefined && { occurredAt }),
  };
  return { type, sku, location, quantity, from, to, reservationId: null, details };
}
