import type { MirrorPlace, MirrorRow, MirrorState } from '../../src/ledger/books.ts';
import { pageOf } from './order.ts';
import type { MirrorRow as KeptRow, Tables } from './tables.ts';

/** At most `limit` rows after a place, whatever became of them. */
export function mirrorAfter(
  { mirror }: Tables,
  after: MirrorPlace | undefined,
  limit: number,
): MirrorRow[] {
  const rows = mirror.map((row): MirrorRow => {
    const { peer, event, appliedAt } = row;
    return { peer, event, appliedAt, state: stateOf(row) };
  });
  const place = ({ peer, appliedAt, position }: MirrorPlace) => [peer, appliedAt, position];
  const placeOf = ({ event, ...row }: MirrorRow) => place({ ...row, position: event.position });
  return pageOf(rows, placeOf, after && place(after), limit);
}

export function keepMirrored({ peer, event, appliedAt, state }: MirrorRow): KeptRow {
  const superseded = state === 'superseded';
  return { peer, event, appliedAt, applied: state !== 'unapplied', superseded };
}

function stateOf({ applied, superseded }: KeptRow): MirrorState {
  if (!applied) return 'unapplied';
  return superseded ? 'superseded' : 'applied';
}
