import { isMovement, type LoggedEvent } from '../../domain/events.ts';
import type { QueryStore } from '../../queries/store.ts';
import { csvLine } from './csv.ts';
import { type Chunk, EXPORT_PAGE_ROWS } from './sources.ts';

export const EVENT_FORMATS = ['ndjson', 'csv'] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];

const CSV_COLUMNS = [
  'position',
  'node',
  'time',
  'type',
  'sku',
  'location',
  'version',
  'quantity',
  'from',
  'to',
  'available',
  'reserved',
  'committed',
  'unavailable',
  'actor',
  'requestId',
  'reservationId',
  'details',
] as const;

/** The log up to the position `head`, in order. */
export async function* exportEvents(
  queries: QueryStore,
  node: string,
  format: EventFormat,
  head: number,
): AsyncGenerator<Chunk> {
  if (format === 'csv') yield { text: csvLine(CSV_COLUMNS), rows: 0 };
  const lineOf = format === 'csv' ? csvEvent : jsonEvent;
  let after = 0;
  while (after < head) {
    const slice = await queries.events({ after, limit: EXPORT_PAGE_ROWS });
    const events = slice.events.filter(({ position }) => position <= head);
    yield { text: events.map((event) => lineOf(event, node)).join(''), rows: events.length };
    after = slice.scanned;
  }
}

function jsonEvent(event: LoggedEvent, node: string): string {
  const { details, reservationId, ...rest } = event;
  const time = new Date(event.time).toISOString();
  const full = { ...rest, node, time, ...(reservationId !== null && { reservationId }), details };
  return `${JSON.stringify(full)}\n`;
}

function csvEvent(event: LoggedEvent, node: string): string {
  const { position, time, type, sku, location, actor, requestId, reservationId, details } = event;
  const moved = isMovement(event)
    ? [event.version, event.quantity, event.from, event.to, ...balances(event)]
    : Array.from({ length: 8 }, () => null);
  const facts = details === null ? null : JSON.stringify(details);
  const when = new Date(time).toISOString();
  return csvLine([
    ...[position, node, when, type, sku, location],
    ...moved,
    ...[actor, requestId, reservationId, facts],
  ]);
}

function balances({ balances: after }: Extract<LoggedEvent, { readonly balances: unknown }>) {
  return [after.available, after.reserved, after.committed, after.unavailable];
}
