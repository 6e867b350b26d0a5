import { DUE_HOLDS_MIN, DUE_LINES_MAX } from '../rows/holds.ts';
import { allOf } from './allOf.ts';
import type { Connection } from './connection.ts';
import { statement } from './statement.ts';

type DueColumns = {
  readonly level: number;
  readonly reservationId: string;
  readonly quantity: number;
  /** How many levels the reservation holds units of. */
  readonly lines: number;
};

// A hold has one unit at least, so as many holds as units are missing are always enough.
const DUE = statement<DueColumns>(
  'due_holds',
  `SELECT level, due.reservation_id AS "reservationId", due.quantity,
     (SELECT json_array_length(lines::json) FROM reservations WHERE id = due.reservation_id) AS lines
   FROM unnest($1::bigint[], $2::bigint[]) AS short (level, missing)
     CROSS JOIN LATERAL (
       SELECT reservation_id, quantity, expires_at FROM holds
       WHERE holds.level = short.level AND expires_at <= $3
       ORDER BY expires_at, reservation_id
       LIMIT greatest(missing, ${DUE_HOLDS_MIN})
     ) AS due
   ORDER BY level, expires_at, due.reservation_id`,
);
const NEXT_RELEASES = statement<{ level: number; expiresAt: number }>(
  'next_releases',
  `SELECT level, next.expires_at AS "expiresAt"
   FROM unnest($1::bigint[]) AS short (level)
     CROSS JOIN LATERAL (
       SELECT expires_at FROM holds WHERE holds.level = short.level AND expires_at > $2
       ORDER BY expires_at LIMIT 1
     ) AS next`,
);

/** A level with fewer units available than a commit wants. */
export interface ShortLevel {
  /** Its number. */
  readonly level: number;
  readonly missing: number;
}

/** What will free units of a level. */
export interface Releases {
  /** Reservations whose hold of it is due, the longest overdue first. */
  readonly due: readonly string[];
  /** When the first hold that is not due ends, in milliseconds since 1970. */
  readonly nextAt: number | undefined;
}

/** What will free units of each of the levels, in their order. */
export async function releasesOf(
  connection: Connection,
  levels: readonly ShortLevel[],
  now: number,
): Promise<readonly Releases[]> {
  if (levels.length === 0) return [];
  const ids = levels.map(({ level }) => level);
  const [due, next] = await allOf([
    connection.run(DUE, [ids, levels.map(({ missing }) => missing), now]),
    connection.run(NEXT_RELEASES, [ids, now]),
  ]);
  const dueOf = Map.groupBy(due, ({ level }) => level);
  const nextOf = new Map(next.map(({ level, expiresAt }) => [level, expiresAt]));
  return levels.map(({ level, missing }) => ({
    due: enough(dueOf.get(level) ?? [], missing),
    nextAt: nextOf.get(level),
  }));
}

/** After a long standstill there may be any number of them: a commit takes what covers the missing units, or a few more. */
function enough(due: readonly DueColumns[], missing: number): string[] {
  const ids: string[] = [];
  let uncovered = missing;
  let linesSoFar = 0;
  for (const { reservationId, quantity, lines } of due) {
    ids.push(reservationId);
    uncovered -= quantity;
    linesSoFar += lines;
    const areMany = ids.length >= DUE_HOLDS_MIN || linesSoFar >= DUE_LINES_MAX;
    if (uncovered <= 0 && areMany) break;
  }
  return ids;
}
