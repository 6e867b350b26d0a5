import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import { type BusyNeeds, LevelsBusyError } from '../../ledger/errors.ts';
import type { Needs } from '../../ledger/store.ts';
import { LEVEL_COLUMNS, type LevelColumns, levelOf } from '../rows/levels.ts';
import { allOf } from './allOf.ts';
import type { Connection } from './connection.ts';
import { lockFreeWritten, lockWritten } from './lockCatalogue.ts';
import { type LockedLinks, lockFreeLinks, lockLinks, NO_LINKS, NONE_BUSY } from './lockLinks.ts';
import { statement, type Value } from './statement.ts';

// The numbers of the levels that a commit needs: those it names, those of the reservations and transfers it names, and
// for a removal all of its product or location. None of this ever changes once it is there, so it is read beforehand.

export const NAMED = `
  SELECT names.id FROM unnest($1::text[], $2::text[]) AS place (sku, location)
    JOIN level_ids AS names ON names.sku = place.sku AND names.location = place.location
  UNION
  SELECT (line ->> 0)::bigint FROM reservations, json_array_elements(lines::json) AS line
    WHERE reservations.id = ANY ($3)`;

const OF_TRANSFERS_AND_REMOVAL = `
  UNION
  SELECT names.id FROM transfers, json_array_elements(lines::json) AS line
    JOIN level_ids AS names ON names.sku = line ->> 0
    WHERE transfers.id = ANY ($4) AND names.location IN (from_location, to_location)
  UNION
  SELECT id FROM level_ids WHERE sku = $5
  UNION
  SELECT id FROM level_ids WHERE location = $6`;

/** The same three for most commits, and for those that have to do with more than names and reservations. */
const MOST = levelStatements('', NAMED);
const ALL = levelStatements('_of_all', NAMED + OF_TRANSFERS_AND_REMOVAL);

/**
 * The columns of the locked row are those that it has when the lock is got, however long that takes; a row of another
 * table would be as old as the statement, so only the names are joined, which never change.
 */
function levelStatements(suffix: string, wanted: string) {
  const select = `
    WITH wanted AS (${wanted})
    SELECT ${LEVEL_COLUMNS}
    FROM levels JOIN level_ids AS names ON names.id = levels.id
    WHERE levels.id = ANY (ARRAY (SELECT id FROM wanted))
    ORDER BY levels.id`;
  const lock = `${select} FOR NO KEY UPDATE OF levels`;
  return {
    lock: statement<LevelColumns>(`lock_levels${suffix}`, lock),
    lockFree: statement<LevelColumns>(`lock_free_levels${suffix}`, `${lock} SKIP LOCKED`),
    read: statement<LevelColumns>(`wanted_levels${suffix}`, select),
  };
}

const READ_TOUCHING = statement<{ id: string }>(
  'reservations_touching',
  `SELECT id FROM reservations
   WHERE id = ANY ($1) AND EXISTS (
     SELECT FROM json_array_elements(lines::json) AS line WHERE (line ->> 0)::bigint = ANY ($2))`,
);
const READ_TRANSFERS_TOUCHING = statement<{ id: string }>(
  'transfers_touching',
  `SELECT transfers.id FROM transfers, json_array_elements(lines::json) AS line
     JOIN level_ids AS names ON names.sku = line ->> 0
   WHERE transfers.id = ANY ($1) AND names.location IN (from_location, to_location)
     AND names.id = ANY ($2)`,
);

/** As its base, with the versions that the levels have. */
export class HeldLevelsError extends LevelsBusyError {
  readonly versions: ReadonlyMap<LevelKey, number>;

  constructor(busy: BusyNeeds, versions: ReadonlyMap<LevelKey, number>) {
    super(busy);
    this.versions = versions;
  }
}

/** A level that this commit has locked. */
export interface LockedLevel {
  readonly id: number;
  readonly level: Level;
}

/** What a commit has locked and is not locked for the catalogue's sake. */
export interface Locked extends LockedLinks {
  readonly levels: readonly LockedLevel[];
}

/**
 * Locks what is there of the levels that the commit needs, in the order of their numbers, and then what it needs of links
 * and writes of the catalogue.
 * @param linked whether there may be links
 */
export async function lockRows(
  connection: Connection,
  needs: Needs,
  linked: boolean,
): Promise<Locked> {
  const { statements, values } = wantedBy(needs);
  const [levels, links] = await allOf([
    connection.run(statements.lock, values),
    linked ? lockLinks(connection, needs) : NO_LINKS,
    lockWritten(connection, needs),
  ]);
  return { levels: levels.map(lockedOf), ...links };
}

/**
 * As `lockRows`, but waits for nobody, unless it is to remove something.
 * @throws {HeldLevelsError} when somebody else holds any of it
 */
export async function lockFreeRows(
  connection: Connection,
  needs: Needs,
  linked: boolean,
): Promise<Locked> {
  const { statements, values } = wantedBy(needs);
  const [locked, wanted, links, changed] = await allOf([
    connection.run(statements.lockFree, values),
    connection.run(statements.read, values),
    linked ? lockFreeLinks(connection, needs) : { ...NO_LINKS, busy: NONE_BUSY },
    lockFreeWritten(connection, needs),
    (needs.removal || needs.removable.size > 0) && lockWritten(connection, needs),
  ]);
  const got = new Set(locked.map(({ id }) => id));
  const busy = wanted.filter(({ id }) => !got.has(id));
  const busyRows = [changed.products, changed.locations, links.busy.links, links.busy.levels];
  if (busy.length > 0 || busyRows.some(({ size }) => size > 0)) {
    const versions = busy.map((level) => [keyOf(level), level.version] as const);
    const { levels, ...ofLevels } = await busyNeeds(connection, needs, busy);
    const all = {
      ...ofLevels,
      levels: new Set([...levels, ...links.busy.levels]),
      links: links.busy.links,
    };
    throw new HeldLevelsError({ ...all, changed }, new Map(versions));
  }
  return { levels: locked.map(lockedOf), links: links.links, shares: links.shares };
}

function wantedBy({ levels, reservations, transfers, removal }: Needs): {
  readonly statements: typeof MOST;
  readonly values: Value[];
} {
  const places = [...levels.values()];
  const values: Value[] = [
    places.map(({ sku }) => sku),
    places.map(({ location }) => location),
    [...reservations],
  ];
  if (transfers.size === 0 && !removal) return { statements: MOST, values };
  values.push(
    [...transfers],
    removal && 'product' in removal ? removal.product : null,
    removal && 'location' in removal ? removal.location : null,
  );
  return { statements: ALL, values };
}

function lockedOf(columns: LevelColumns): LockedLevel {
  return { id: columns.id, level: levelOf(columns) };
}

function keyOf({ sku, location }: LevelColumns): LevelKey {
  return levelKey(sku, location);
}

async function busyNeeds(
  connection: Connection,
  { reservations, transfers }: Needs,
  busy: readonly LevelColumns[],
): Promise<BusyNeeds> {
  const ids = busy.map(({ id }) => id);
  const [ofReservations, ofTransfers] = await allOf([
    connection.run(READ_TOUCHING, [[...reservations], ids]),
    connection.run(READ_TRANSFERS_TOUCHING, [[...transfers], ids]),
  ]);
  return {
    levels: new Set(busy.map(keyOf)),
    reservations: new Set(ofReservations.map(({ id }) => id)),
    transfers: new Set(ofTransfers.map(({ id }) => id)),
  };
}
