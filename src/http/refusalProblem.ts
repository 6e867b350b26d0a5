import type { JsonObject } from '../domain/json.ts';
import type { FenceReason } from '../domain/links/link.ts';
import type { LineExcess, Shortage } from '../domain/refusals.ts';
import type { AsOf } from '../queries/refusals.ts';
import type { ProblemFacts } from './problem.ts';
import type { AnyRefusal } from './problemCodes.ts';
import { formatOptionalTime, formatTime } from './times.ts';

/** A refusal as a problem: a sentence with its data, and the data itself with times as RFC 3339. */
export function refusalFacts(refusal: AnyRefusal): ProblemFacts {
  return { code: refusal.code, detail: detailOf(refusal), data: dataOf(refusal) };
}

function detailOf(refusal: AnyRefusal): string {
  switch (refusal.code) {
    case 'reservation_id_taken':
      return `${refusal.reservationId} is another reservation.`;
    case 'product_not_found':
      return `There is no product ${refusal.sku}.`;
    case 'location_not_found':
      return `There is no location ${refusal.location}.`;
    case 'version_mismatch':
      return `The stock level has version ${refusal.version}, not ${refusal.expectedVersion}.`;
    case 'count_below_promised':
      return `${refusal.counted} were counted, but ${refusal.promised} are reserved, committed, unavailable or owned by other nodes.`;
    case 'insufficient_stock':
      return `${ofLines(refusal.shortages)}, but ${availableOf(refusal.shortages[0])}.`;
    case 'insufficient_unavailable':
      return `${refusal.requested} cannot be restored: ${refusal.unavailable} is unavailable.`;
    case 'balance_too_large':
      return `${refusal.sku} at ${refusal.location} would hold more than can be counted exactly.`;
    case 'reservation_not_found':
      return `There is no reservation ${refusal.reservationId}.`;
    case 'reservation_expired':
      return `The hold ended at ${formatTime(refusal.expiredAt)}.`;
    case 'reservation_not_due':
      return `The hold lasts until ${formatTime(refusal.expiresAt)}.`;
    case 'line_not_in_reservation':
      return `The reservation has no line for ${refusal.sku} at ${refusal.location}.`;
    case 'line_exceeds_hold':
      return `${ofLines(refusal.lines)}, but ${refusal.lines[0]?.allowed ?? 0} is held.`;
    case 'line_exceeds_confirmed':
      return `${ofLines(refusal.lines)}, but ${refusal.lines[0]?.allowed ?? 0} was confirmed.`;
    case 'hold_life_exceeded':
      return `The hold can last until ${formatTime(refusal.latestExpiresAt)} at most.`;
    case 'transfer_not_found':
      return `There is no transfer ${refusal.transferId}.`;
    case 'transfer_id_taken':
      return `${refusal.transferId} is another transfer.`;
    case 'transfer_elsewhere':
      return `${refusal.transferId} was sent to ${refusal.to}.`;
    case 'line_not_in_transfer':
      return `The transfer has no line for ${refusal.sku}.`;
    case 'receipt_exceeds_transfer':
      return `${refusal.received} of ${refusal.sku} would have arrived, but ${refusal.dispatched} were sent; give a reason to book the difference.`;
    case 'product_has_stock':
      return `${refusal.sku} has ${refusal.onHand} on hand and ${refusal.inTransit} in transit.`;
    case 'location_has_stock':
      return `${refusal.location} has ${refusal.onHand} on hand and ${refusal.inTransit} in transit.`;
    case 'custody_elsewhere':
      return `The goods at ${refusal.location} are in the hands of ${refusal.node}.`;
    case 'node_fenced':
      return `${FENCES[refusal.fence]} (${refusal.location}).`;
    case 'catalogue_elsewhere':
      return `The catalogue is written by ${refusal.node}.`;
    case 'reservation_elsewhere':
      return `${refusal.reservationId} was made by ${refusal.node}.`;
    case 'goods_elsewhere':
      return `Goods of ${refusal.reservationId} are in the hands of ${refusal.node}.`;
    case 'node_not_found':
      return `There is no node ${refusal.node}.`;
    case 'node_exists':
      return `${refusal.node} is a node already.`;
    case 'node_retired':
      return `${refusal.node} was retired.`;
    case 'session_closed':
      return `Session ${refusal.session} has begun.`;
    case 'cursor_mismatch':
      return `Entries go on after ${refusal.received}.`;
    case 'stock_not_found':
      return `${refusal.sku} was not stocked at ${refusal.location}.`;
    case 'as_of_in_future':
      return `${momentText(refusal.asOf)} is to come; the ledger is at ${momentText(refusal.latest)}.`;
    case 'position_in_future':
      return `The log ends at ${refusal.head} and cannot be read from ${refusal.after}.`;
    default:
      return STATE_DETAILS[refusal.code];
  }
}

const FENCES: Readonly<Record<FenceReason, string>> = {
  unproven: 'The node waits for a handshake that shows what it owns',
  restored:
    'The log of one end of the link is older than the other end knows it; reconcile the node at the hub',
  retired: 'The node was retired, and what it owned was written off',
  copied:
    'The hub has met a newer state of this database: this one is a copy, or was restored from a backup. If it is to go on, reconcile the node at the hub',
};

/** Refusals that carry no data. */
const STATE_DETAILS = {
  reservation_cancelled: 'The reservation is cancelled.',
  reservation_not_confirmed: 'The reservation is held and not yet confirmed.',
  reservation_confirmed: 'The reservation is confirmed already.',
  reservation_fulfilled: 'The reservation is fulfilled already.',
  confirm_differs: 'The reservation was confirmed with other quantities.',
  transfer_unmatched: 'No dispatch of the transfer is known yet.',
  transfer_cancelled: 'The transfer is cancelled.',
  transfer_received: 'The transfer is completed already.',
  invalid_cursor: 'The cursor does not belong to this list with these filters.',
} as const;

function ofLines(lines: readonly (Shortage | LineExcess)[]): string {
  const [first] = lines;
  if (first === undefined) return 'Too much was asked for';
  const { requested, sku } = first;
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more lines)` : '';
  return `${requested} of ${sku} ${whereOf(first)} was asked for${more}`;
}

function availableOf(shortage: Shortage | undefined): string {
  const available = `${shortage?.available ?? 0} is available`;
  const rest = shortage?.location === null ? shortage.notLookedAt : undefined;
  return rest
    ? `${available} in the places that were tried; ${rest.units} are in ${rest.locations} further places`
    : available;
}

function whereOf(line: Shortage | LineExcess): string {
  if (line.location !== null) return `at ${line.location}`;
  return line.from === 'any' ? 'from anywhere' : `from ${namesOf(line.from)}`;
}

/** Names that a sentence lists; the data has them all. */
const NAMES_MAX = 3;

function namesOf(names: readonly string[]): string {
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more places` : '';
  return `${names.slice(0, NAMES_MAX).join(', ')}${more}`;
}

function dataOf(refusal: AnyRefusal): JsonObject {
  switch (refusal.code) {
    case 'insufficient_stock':
      return { shortages: refusal.shortages.map(shortageJson) };
    case 'reservation_expired':
      return { expiredAt: formatTime(refusal.expiredAt) };
    case 'reservation_not_due':
      return { expiresAt: formatTime(refusal.expiresAt) };
    case 'hold_life_exceeded':
      return { latestExpiresAt: formatTime(refusal.latestExpiresAt) };
    case 'as_of_in_future':
      return { asOf: momentText(refusal.asOf), latest: momentText(refusal.latest) };
    case 'line_exceeds_hold':
    case 'line_exceeds_confirmed':
      return { lines: refusal.lines.map((line) => ({ ...line })) };
    default: {
      const { code: _, ...data } = refusal;
      return data;
    }
  }
}

/** As `asOf` is written in a query. */
function momentText(moment: AsOf): string {
  return 'time' in moment ? formatTime(moment.time) : String(moment.position);
}

function shortageJson(shortage: Shortage): JsonObject {
  const { sku, requested, available, earliestReleaseAt, elsewhere } = shortage;
  return {
    sku,
    ...(shortage.location === null ? { from: shortage.from } : { location: shortage.location }),
    requested,
    available,
    earliestReleaseAt: formatOptionalTime(earliestReleaseAt),
    ...(shortage.location === null &&
      shortage.notLookedAt && { notLookedAt: { ...shortage.notLookedAt } }),
    ...(elsewhere && {
      elsewhere: elsewhere.map((units) => ({ ...units, asOf: formatTime(units.asOf) })),
    }),
  };
}
