import type { Link } from '../../domain/links/link.ts';
import { type Share, shareKey } from '../../domain/links/share.ts';
import { type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Needs } from '../../ledger/store.ts';
import { LINK_COLUMNS, type LinkColumns, linkOf, SHARE_COLUMNS, shareOf } from '../rows/links.ts';
import { allOf } from './allOf.ts';
import type { Connection } from './connection.ts';
import { type Statement, statement, type Value } from './statement.ts';

// After the levels come the links by peer, then the shares by peer, SKU and location. Whoever writes a share has locked
// it here, or inserts it. Most are guarded by the lock of their level already; one of a level that was never stocked
// here has nothing else.

const READ_LINKS = `SELECT ${LINK_COLUMNS} FROM links WHERE peer = ANY ($1) ORDER BY peer`;
const WANTED_LINKS = statement<LinkColumns>('wanted_links', READ_LINKS);
const LOCK_LINKS = statement<LinkColumns>('lock_links', `${READ_LINKS} FOR UPDATE`);
// A removal looks at all of them, and need not keep them as they are: it comes to nothing when a link is made or retired,
// for then the goods of a location change hands (see `custody.ts`).
const ALL_LINKS = statement<LinkColumns>(
  'all_links',
  `SELECT ${LINK_COLUMNS} FROM links ORDER BY peer`,
);
const LOCK_FREE_LINKS = statement<LinkColumns>(
  'lock_free_links',
  `${READ_LINKS} FOR UPDATE SKIP LOCKED`,
);

/**
 * Shares that are named, and those of the levels of the commit as the port says (see `Rows.shares`). `looked` says that
 * all shares of a level are read: it is counted (then what is wanted of it is null), or short. The levels are locked
 * by now, so what is available of them stands.
 */
const SELECT_SHARES = `
  WITH place AS (
    SELECT place.sku, place.location,
      place.wanted IS NULL OR place.wanted > coalesce(levels.available, 0) AS looked
    FROM unnest($4::text[], $5::text[], $6::bigint[]) AS place (sku, location, wanted)
      LEFT JOIN level_ids AS names ON names.sku = place.sku AND names.location = place.location
      LEFT JOIN levels ON levels.id = names.id
    UNION ALL
    SELECT names.sku, names.location, false
    FROM reservations, json_array_elements(lines::json) AS line
      JOIN level_ids AS names ON names.id = (line ->> 0)::bigint
    WHERE reservations.id = ANY ($7)
    UNION ALL
    SELECT line ->> 0, place, false
    FROM transfers, json_array_elements(lines::json) AS line,
      unnest(ARRAY[from_location, to_location]) AS place
    WHERE transfers.id = ANY ($8)
  ), wanted AS (
    SELECT sku, location, peer
    FROM unnest($1::text[], $2::text[], $3::text[]) AS named (sku, location, peer)
    UNION
    SELECT shares.sku, shares.location, shares.peer
    FROM place JOIN shares ON shares.sku = place.sku AND shares.location = place.location
    WHERE looked OR shares.available < 0 OR shares.peer = ANY ($9)
  )
  SELECT ${SHARE_COLUMNS} FROM wanted JOIN shares USING (sku, location, peer)
  ORDER BY shares.peer, shares.sku, shares.location`;
const READ_SHARES = statement<Share>('wanted_shares', SELECT_SHARES);
const LOCK_SHARES = lockingShares('lock_shares', '');
const LOCK_FREE_SHARES = lockingShares('lock_free_shares', 'SKIP LOCKED');

function lockingShares(name: string, wait: string): Statement<Share> {
  return statement(name, `${SELECT_SHARES} FOR NO KEY UPDATE OF shares ${wait}`);
}

export interface LockedLinks {
  readonly links: readonly Link[];
  readonly shares: readonly Share[];
}

export const NO_LINKS: LockedLinks = { links: [], shares: [] };

/** Links that others hold, and levels whose shares they hold. */
export interface BusyLinks {
  readonly links: ReadonlySet<string>;
  readonly levels: ReadonlySet<LevelKey>;
}

export const NONE_BUSY: BusyLinks = { links: new Set(), levels: new Set() };

/** Locks the links that are named, then the shares. */
export async function lockLinks(connection: Connection, needs: Needs): Promise<LockedLinks> {
  const [links, shares] = await allOf([
    needs.removal ? connection.run(ALL_LINKS) : lockNamed(connection, needs),
    connection.run(LOCK_SHARES, shareValues(needs)),
  ]);
  return { links: links.map(linkOf), shares: shares.map(shareOf) };
}

async function lockNamed(connection: Connection, { links }: Needs): Promise<LinkColumns[]> {
  return links.size > 0 ? connection.run(LOCK_LINKS, [[...links]]) : [];
}

/** As `lockLinks`, but waits for nobody. @returns what it locked, and what others hold */
export async function lockFreeLinks(
  connection: Connection,
  needs: Needs,
): Promise<LockedLinks & { readonly busy: BusyLinks }> {
  const values = shareValues(needs);
  const [links, wantedLinks, shares, wantedShares] = await allOf([
    needs.removal ? connection.run(ALL_LINKS) : connection.run(LOCK_FREE_LINKS, [[...needs.links]]),
    connection.run(WANTED_LINKS, [[...needs.links]]),
    connection.run(LOCK_FREE_SHARES, values),
    connection.run(READ_SHARES, values),
  ]);
  const gotLinks = new Set(links.map(({ peer }) => peer));
  const gotShares = new Set(shares.map(keyOf));
  const busyLinks = wantedLinks.filter(({ peer }) => !gotLinks.has(peer));
  const busyShares = wantedShares.filter((share) => !gotShares.has(keyOf(share)));
  return {
    links: links.map(linkOf),
    shares: shares.map(shareOf),
    busy: {
      links: new Set(busyLinks.map(({ peer }) => peer)),
      levels: new Set(busyShares.map(({ sku, location }) => levelKey(sku, location))),
    },
  };
}

function keyOf({ peer, sku, location }: Share): string {
  return shareKey(peer, sku, location);
}

function shareValues({ levels, reservations, transfers, links, ...needs }: Needs): Value[] {
  const named = [...needs.shares.values()];
  const places = [...levels];
  return [
    named.map(({ sku }) => sku),
    named.map(({ location }) => location),
    named.map(({ peer }) => peer),
    places.map(([, { sku }]) => sku),
    places.map(([, { location }]) => location),
    places.map(([key, { wanted }]) => (needs.counted.has(key) ? null : wanted)),
    [...reservations],
    [...transfers],
    [...links],
  ];
}
