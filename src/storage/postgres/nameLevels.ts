import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import { StoreConflictError } from '../../ledger/errors.ts';
import type { Writes } from '../../ledger/store.ts';
import type { Connection } from './connection.ts';
import { LockTimeoutError } from './errors.ts';
import { HeldLevelsError } from './lock.ts';
import { statement } from './statement.ts';

// Two servers that make the same new level: the second waits here for the first, and then finds the name taken. A restore
// that was broken off leaves names behind whose levels are gone: those are taken as they are, and of two servers that take
// one, the second meets the level of the first.
const NAME_LEVELS = statement<{ id: number; sku: string; location: string }>(
  'name_levels',
  `WITH wanted AS (SELECT sku, location FROM unnest($1::text[], $2::text[]) AS made (sku, location)),
   made AS (
     INSERT INTO level_ids (sku, location)
     SELECT sku, location FROM wanted ORDER BY sku COLLATE "C", location COLLATE "C"
     ON CONFLICT DO NOTHING
     RETURNING id, sku, location
   )
   SELECT id, sku, location FROM made
   UNION ALL
   SELECT names.id, names.sku, names.location
   FROM wanted JOIN level_ids AS names ON names.sku = wanted.sku AND names.location = wanted.location
   WHERE NOT EXISTS (SELECT FROM levels WHERE levels.id = names.id)`,
);

/**
 * Gives numbers to levels that get their first movement.
 * @throws {StoreConflictError} another server was faster
 * @throws {HeldLevelsError} another server makes one of them and does not come to an end
 */
export async function nameLevels(
  connection: Connection,
  known: ReadonlyMap<LevelKey, number>,
  writes: Writes,
): Promise<ReadonlyMap<LevelKey, number>> {
  const made = [...writes.levels.values()].flatMap(({ after }) =>
    after && !known.has(levelKey(after.sku, after.location)) ? [after] : [],
  );
  if (made.length === 0) return known;
  const skus = made.map(({ sku }) => sku);
  const locations = made.map(({ location }) => location);
  const rows = await connection.run(NAME_LEVELS, [skus, locations]).catch((error: unknown) => {
    throw error instanceof LockTimeoutError ? heldBy(made, writes) : error;
  });
  if (rows.length < made.length) {
    throw new StoreConflictError('another server has made the same stock level');
  }
  const ids = new Map(known);
  for (const { id, sku, location } of rows) ids.set(levelKey(sku, location), id);
  return ids;
}

/** Which of the names it is, the database does not say. */
function heldBy(made: readonly Level[], { transfers }: Writes): HeldLevelsError {
  const levels = new Set(made.map(({ sku, location }) => levelKey(sku, location)));
  const busy = { levels, reservations: new Set<string>(), transfers: new Set(transfers.keys()) };
  return new HeldLevelsError(busy, new Map());
}
