import type { Location } from '../../domain/catalogue.ts';
import type { Needs } from '../../ledger/store.ts';
import { LOCATION_COLUMNS, type LocationColumns, locationOf } from '../rows/catalogue.ts';
import type { LentColumns } from '../rows/stocked.ts';
import type { Connection } from './connection.ts';
import { STANDS } from './incarnation.ts';
import { NAMED } from './lock.ts';
import { one, statement } from './statement.ts';

// Only for a ledger with links: others do not even open these tables. What peers say may hold characters that the
// database's own JSON refuses, so it is not parsed; inside of a text the quotation marks would be escaped.
const LINKED_ROWS = statement<Columns>(
  'linked_rows',
  `SELECT
     (SELECT ${STANDS} FROM node WHERE id = 1) AS proven,
     (SELECT peer FROM links WHERE peer_role = 'hub' LIMIT 1) AS hub,
     (SELECT json_agg(found) FROM (
        SELECT ${LOCATION_COLUMNS} FROM locations WHERE node IS NOT NULL AND location = ANY (ARRAY (
          SELECT names.location FROM level_ids AS names WHERE names.id = ANY (ARRAY (${NAMED}))
          UNION
          SELECT place FROM transfers, unnest(ARRAY[from_location, to_location]) AS place
            WHERE transfers.id = ANY ($4)
        ))
      ) AS found) AS places,
     (SELECT json_agg(found) FROM (
        SELECT reservation_id AS id, peer FROM mirror
        WHERE reservation_id = ANY ($3) AND state = 'applied' AND entry LIKE '%"type":"reserve"%'
      ) AS found) AS makers,
     (SELECT json_agg(found) FROM (
        SELECT sku, location, sum(greatest(available + granted - arrived, 0)) AS units
        FROM shares WHERE sku = ANY ($5) GROUP BY sku, location
        HAVING sum(greatest(available + granted - arrived, 0)) > 0 ORDER BY sku, location
      ) AS found) AS lent`,
);

/** Null for no rows. */
type Columns = {
  readonly proven: boolean | null;
  readonly hub: string | null;
  readonly places: readonly LocationColumns[] | null;
  readonly makers: readonly Maker[] | null;
  readonly lent: readonly LentColumns[] | null;
};

/** The peer that has made a reservation, as its log says. */
interface Maker {
  readonly id: string;
  readonly peer: string;
}

/** What a commit of a ledger with links reads once it has its locks. */
export interface LinkedRows {
  /** Whether the database is proven (see `Incarnation`); null where nobody has looked. */
  readonly proven: boolean | null;
  /** The peer of the link to a hub. */
  readonly hub: string | null;
  /** Of the levels that are locked and the ends of transfers, the locations whose goods another node has. */
  readonly places: readonly Location[];
  readonly makers: readonly Maker[];
  /** What other nodes have of the products of `Needs.spread`. */
  readonly lent: readonly LentColumns[];
}

export const NOTHING_LINKED: LinkedRows = {
  proven: null,
  hub: null,
  places: [],
  makers: [],
  lent: [],
};

export async function readLinkedRows(
  connection: Connection,
  { levels, reservations, transfers, spread }: Needs,
): Promise<LinkedRows> {
  const places = [...levels.values()];
  const row = await one(connection, LINKED_ROWS, [
    places.map(({ sku }) => sku),
    places.map(({ location }) => location),
    [...reservations],
    [...transfers],
    [...spread],
  ]);
  return {
    proven: row?.proven ?? null,
    hub: row?.hub ?? null,
    places: (row?.places ?? []).map(locationOf),
    makers: row?.makers ?? [],
    lent: row?.lent ?? [],
  };
}
