/** Rules of the books, named by how they are broken. */
export type FindingCode =
  // The log contradicts itself.
  | 'event_unreadable'
  | 'position_gap'
  | 'time_backward'
  | 'version_gap'
  | 'balances_differ'
  | 'movement_impossible'
  | 'history_impossible'
  | 'grant_repeated'
  // The log and the rows that were made from it differ.
  | 'head_differs'
  | 'time_index_differs'
  | 'level_differs'
  | 'hold_differs'
  | 'promise_differs'
  | 'reservation_differs'
  | 'transfer_differs'
  | 'product_differs'
  | 'location_differs'
  | 'share_differs'
  | 'cursor_behind'
  | 'grant_lost'
  | 'row_unexplained'
  | 'row_unreadable'
  // The sums over all accounts differ.
  | 'units_not_conserved'
  | 'transit_differs';

/** One place where the books are wrong. */
export interface Finding {
  readonly code: FindingCode;
  /** Of the event that shows it, or of the newest event of what differs; null where no event is concerned. */
  readonly position: number | null;
  /** What it is about, such as `level "A-1" at "Leeds"`. */
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** A damaged book can have a finding per event; a reader looks at the first ones. */
export const FINDINGS_KEPT_MAX = 100;

const VALUE_TEXT_LENGTH_MAX = 500;

/** Counts all findings and keeps the first. */
export class Findings {
  readonly kept: Finding[] = [];
  count = 0;

  add(
    code: FindingCode,
    position: number | null,
    subject: string,
    expected: string | number | bigint,
    found: string | number | bigint,
  ): void {
    this.count++;
    if (this.kept.length >= FINDINGS_KEPT_MAX) return;
    this.kept.push({ code, position, subject, expected: clip(expected), found: clip(found) });
  }
}

function clip(value: string | number | bigint): string {
  const text = String(value);
  return text.length > VALUE_TEXT_LENGTH_MAX ? `${text.slice(0, VALUE_TEXT_LENGTH_MAX)}...` : text;
}

export function levelName(sku: string, location: string): string {
  return `level ${JSON.stringify(sku)} at ${JSON.stringify(location)}`;
}
