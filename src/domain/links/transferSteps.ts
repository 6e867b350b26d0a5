import {
  type EventDetails,
  isMovement,
  type LedgerEvent,
  type LoggedEvent,
  type Movement,
  type NoticeDraft,
} from '../events.ts';
import { beginsTransfer, evolveTransfer } from '../evolveTransfer.ts';
import { identifierProblem } from '../identifiers.ts';
import type { Transfer, TransferLine, TransferStep } from '../transfer.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import type { LinkState } from './state.ts';

/** As the edge writes them. */
const TRANSFER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isTransferId(id: string): boolean {
  return TRANSFER_ID.test(id);
}

/**
 * What nodes hear of each other's part in a transfer. Each end books what it does with the goods; the hub hears of it and
 * logs a notice that says how the line stands since, and that notice goes to both ends. The totals in it only grow, so
 * both ends come to the same, in whatever order they hear, and however often.
 */
export function decideStep(
  state: LinkState,
  link: Link,
  event: LoggedEvent & Movement,
): readonly EventGroup[] {
  const id = event.details?.transferId;
  if (id === undefined || link.peerRole === 'hub' || !isCredible(event, id)) return NOTHING;
  const before = state.transfer(id);
  if (before === undefined && !beginsTransfer(event)) return NOTHING;
  const after = evolveTransfer(before, [event], event.time);
  return after.lines.every(isExact) ? [noticesOf(before, after, [event], link.peer)] : NOTHING;
}

/**
 * The notices of this node's own steps, where another node has the goods at the other end.
 * @param before the transfer before the events; undefined for a new one
 */
export function ownSteps(
  state: LinkState,
  before: Transfer | undefined,
  after: Transfer,
  events: readonly LedgerEvent[],
): EventGroup {
  const isBetweenNodes = [after.from, after.to].some(
    (place) => place !== null && state.location(place)?.node !== undefined,
  );
  const isHub = state.hub() === undefined;
  const movements = events.filter((event) => isMovement(event));
  return isHub && isBetweenNodes ? noticesOf(before, after, movements) : [];
}

/** A hub's notice, kept by the node that hears it, unless that knows as much. */
export function learnOfStep(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { sku, location, details } = event;
  if (isMovement(event) || details?.transferId === undefined) return NOTHING;
  const before = state.transfer(details.transferId);
  const after = evolveTransfer(before, [event], event.time);
  if (before && sameTransfer(before, after)) return NOTHING;
  const heard = { ...details, origin: link.peer };
  return [[{ type: event.type, sku, location, reservationId: null, details: heard }]];
}

/**
 * When it becomes known where the goods have come from, that end is to hear of all that is known besides; and so is the
 * place where they are, if they were sent to another one.
 */
function noticesOf(
  before: Transfer | undefined,
  after: Transfer,
  events: readonly Movement[],
  peer?: string,
): readonly NoticeDraft[] {
  const steps = events.map((event) => notice(after, lineOf(after, event.sku), event, peer));
  const [first] = events;
  if (before?.from !== null || after.from === null || first === undefined) return steps;
  const wasAstray = before.to !== after.to;
  const told = new Set(events.map(({ sku }) => sku));
  const rest = after.lines.filter(({ sku }) => wasAstray || !told.has(sku));
  const known = { ...first, quantity: 0, location: before.to };
  return [...steps, ...rest.map((line) => notice(after, line, known, peer))];
}

function notice(
  { id, from, to, reference }: Transfer,
  { sku, ...totals }: TransferLine,
  event: Movement,
  peer: string | undefined,
): NoticeDraft {
  const { location, quantity: units } = event;
  const reason = event.details?.reason;
  const details: EventDetails = {
    transferId: id,
    step: stepOf(event),
    units,
    ...(peer !== undefined && { peer }),
    ...(from !== null && { source: from }),
    destination: to,
    ...(reference !== null && { reference }),
    ...(reason !== undefined && { reason }),
    totals,
  };
  return { type: 'transfer_step', sku, location, reservationId: null, details };
}

function stepOf({ type, to }: Movement): TransferStep {
  if (type === 'dispatch' || type === 'arrive' || type === 'recall') return type;
  return to === 'shrinkage' ? 'lost' : 'found';
}

function lineOf({ lines }: Transfer, sku: string): TransferLine {
  const line = lines.find((one) => one.sku === sku);
  if (line === undefined) throw new Error(`a step leaves a line of ${sku} behind`);
  return line;
}

/** A shop's node could say anything; what no ledger writes is kept, and does nothing. */
function isCredible({ sku, location, details }: Movement, id: string): boolean {
  const names = [sku, location, details?.destination ?? location];
  const texts = [details?.reference ?? '', details?.reason ?? ''];
  return (
    isTransferId(id) &&
    names.every((name) => identifierProblem(name) === null) &&
    texts.every((text) => text.isWellFormed() && !text.includes('\u0000'))
  );
}

function isExact({ sku: _, ...totals }: TransferLine): boolean {
  return Object.values(totals).every((units) => Number.isSafeInteger(units));
}

function sameTransfer(one: Transfer, other: Transfer): boolean {
  return (
    one.from === other.from &&
    one.to === other.to &&
    one.reference === other.reference &&
    one.lines.length === other.lines.length &&
    one.lines.every((line, i) => sameLine(line, other.lines[i]))
  );
}

function sameLine(one: TransferLine, other: TransferLine | undefined): boolean {
  return (
    one.sku === other?.sku &&
    one.quantity === other.quantity &&
    one.received === other.received &&
    one.lost === other.lost &&
    one.returned === other.returned &&
    one.found === other.found
  );
}
