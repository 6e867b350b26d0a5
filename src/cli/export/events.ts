import type { QueryStore } from '../../queries/store.ts';
import type { EventJson, Tools } from '../tools.ts';
import { csvLine } from './csv.ts';
import { type Chunk, EXPORT_PAGE_ROWS } from './sources.ts';

export const EVENT_FORMATS = ['ndjson', 'csv'] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** Those that most events have; whatever else an event holds stands in the last column, `details`, as JSON. */
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
  'actor',
  'requestId',
  'reservationId',
  'reason',
  'reference',
];
const BALANCES = ['available', 'reserved', 'committed', 'unavailable'];

export interface EventExport {
  readonly queries: QueryStore;
  readonly eventJson: Tools['eventJson'];
  readonly node: string;
  readonly format: EventFormat;
  /** Position of the last event to write. */
  readonly head: number;
}

/** The log from its beginning, in order, each event as the API shows it. */
export async function* exportEvents(source: EventExport): AsyncGenerator<Chunk> {
  const { queries, eventJson, node, format, head } = source;
  if (format === 'csv') yield { text: csvLine([...CSV_COLUMNS, ...BALANCES, 'details']), rows: 0 };
  const lineOf = format === 'csv' ? csvEvent : jsonEvent;
  let after = 0;
  while (after < head) {
    const slice = await queries.events({ after, limit: EXPORT_PAGE_ROWS });
    const events = slice.events.filter(({ position }) => position <= head);
    const lines = events.map((event) => lineOf(eventJson(event, node)));
    yield { text: lines.join(''), rows: lines.length };
    after = slice.scanned;
  }
}

function jsonEvent(event: EventJson): string {
  return `${JSON.stringify(event)}\n`;
}

function csvEvent({ balances, ...event }: EventJson): string {
  const columns = CSV_COLUMNS.map((name) => field(event[name]));
  const rest = Object.entries(event).filter(([name]) => !CSV_COLUMNS.includes(name));
  const details = rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
  return csvLine([...columns, ...BALANCES.map((name) => balance(balances, name)), details]);
}

function balance(balances: unknown, name: string): string | null {
  if (typeof balances !== 'object' || balances === null) return null;
  return field(new Map<string, unknown>(Object.entries(balances)).get(name));
}

function field(value: unknown): string | null {
  return value === undefined ? null : String(value);
}
