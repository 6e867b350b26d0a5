import type {
  CancelTransferCommand,
  DispatchCommand,
  Line,
  TransferLineContent,
} from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import type { EventDetails, MovementDraft } from './events.ts';
import { mergeLines, sameLines } from './lines.ts';
import { custodyElsewhere, fenced } from './movements.ts';
import { findShortages } from './reserve.ts';
import type { State } from './state.ts';
import { fits } from './stock.ts';
import { type Transfer, type TransferLine, totalsAt, underWay } from './transfer.ts';
import { withTotals } from './transferTotals.ts';

/**
 * Sends goods on their way, to wherever that is: all lines or none. The same again is accepted and changes nothing; so is
 * the dispatch of goods that have arrived before it was known.
 */
export function decideDispatch(state: State, command: DispatchCommand): DecisionOf<'dispatch'> {
  const { from, to, transferId } = command;
  const lines = linesAt(from, command.lines);
  const known = state.transfer(transferId);
  if (known && isDispatched(known, command, lines)) return accept([]);
  if (known && isOther(known, command)) return refuse({ code: 'transfer_id_taken', transferId });
  for (const { sku } of lines) {
    if (!state.product(sku)) return refuse({ code: 'product_not_found', sku });
  }
  for (const location of [from, to]) {
    if (!state.location(location)) return refuse({ code: 'location_not_found', location });
  }
  const place = state.location(from);
  const foreign = place && (custodyElsewhere(place) ?? fenced(place));
  if (foreign) return refuse(foreign);
  const shortages = findShortages(state, lines);
  if (shortages.length > 0) return refuse({ code: 'insufficient_stock', shortages });
  const details: EventDetails = {
    transferId,
    destination: to,
    ...(command.reference !== null && { reference: command.reference }),
    ...occurred(command),
  };
  const sent = lines.map(({ sku, location, quantity }): MovementDraft => {
    const path = { from: 'available', to: 'transit' } as const;
    return { type: 'dispatch', sku, location, quantity, ...path, reservationId: null, details };
  });
  return accept(withTotals(state, known, sent));
}

/** One of which only the arrival is known may be what is dispatched now, if it arrived where that goes. */
function isOther({ from, to, lines }: Transfer, command: DispatchCommand): boolean {
  const hasArrived = lines.some((line) => totalsAt(line, command.to).received > 0);
  return from !== null || (to !== command.to && !hasArrived);
}

function isDispatched(known: Transfer, command: DispatchCommand, lines: readonly Line[]): boolean {
  const { from, to, reference } = command;
  // Goods of another kind may have arrived with those that were sent.
  const sent = known.lines.filter(({ quantity }) => quantity > 0);
  return (
    known.from === from &&
    known.to === to &&
    known.reference === reference &&
    sameLines(linesAt(from, sent), lines)
  );
}

/** The lines of a dispatch as lines at the place that the goods leave, added up per level. */
export function linesAt(location: string, lines: readonly TransferLineContent[]): readonly Line[] {
  return mergeLines(lines.map(({ sku, quantity }) => ({ sku, location, quantity })));
}

/** What is still under way, as far as this node knows, goes back to where it came from, once. */
export function decideCancelTransfer(
  state: State,
  command: CancelTransferCommand,
): DecisionOf<'cancelTransfer'> {
  const { transferId } = command;
  const transfer = state.transfer(transferId);
  if (!transfer) return refuse({ code: 'transfer_not_found', transferId });
  const { from: location } = transfer;
  if (location === null) return refuse({ code: 'transfer_unmatched' });
  const place = state.location(location);
  const foreign = place && custodyElsewhere(place);
  if (foreign) return refuse(foreign);
  if (transfer.lines.some((line) => totalsAt(line, location).returned > 0)) return accept([]);
  const back = transfer.lines
    .map((line) => ({ sku: line.sku, quantity: mayReturn(line, location) }))
    .filter(({ quantity }) => quantity > 0);
  if (back.length === 0) return refuse({ code: 'transfer_received' });
  const tooLarge = back.find(({ sku, quantity }) => !fits(state.level(sku, location), quantity));
  if (tooLarge) return refuse({ code: 'balance_too_large', sku: tooLarge.sku, location });
  const details: EventDetails = { transferId, ...occurred(command) };
  const recalled = back.map(({ sku, quantity }): MovementDraft => {
    const path = { from: 'transit', to: 'available' } as const;
    return { type: 'recall', sku, location, quantity, ...path, reservationId: null, details };
  });
  return accept(withTotals(state, transfer, recalled));
}

/** No more comes back to a place than has left it: another place may have sent goods under the same id. */
function mayReturn(line: TransferLine, location: string): number {
  const { quantity, returned } = totalsAt(line, location);
  return Math.min(underWay(line), quantity - returned);
}

function occurred(command: { readonly occurredAt?: number }): EventDetails {
  return command.occurredAt === undefined ? {} : { occurredAt: command.occurredAt };
}
