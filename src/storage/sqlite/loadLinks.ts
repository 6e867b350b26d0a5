import type { Location } from '../../domain/catalogue.ts';
import type { LevelName } from '../../domain/links/commands.ts';
import type { Link } from '../../domain/links/link.ts';
import { type Share, type ShareKey, shareKey } from '../../domain/links/share.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { Needs, Rows } from '../../ledger/store.ts';
import type { Tables } from './tables.ts';

/** What was loaded of this node's own. */
export interface OwnRows {
  readonly levels: ReadonlyMap<LevelKey, Level>;
  /** Levels of which not enough is available, stocked or not. */
  readonly short: ReadonlySet<LevelKey>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly transfers: ReadonlyMap<string, Transfer>;
  /** Takes those that other nodes have in hand. */
  readonly locations: Map<string, Location>;
}

type LinkRows = Pick<Rows, 'linked' | 'hub' | 'links' | 'shares' | 'nodeOfReservation'>;

const NOTHING_LINKED = { linked: false, hub: null };

/** Loads what concerns other nodes. On a node without links that is one look-up. */
export function loadLinks(tables: Tables, needs: Needs, own: OwnRows): LinkRows {
  const first = tables.links.first();
  if (first === undefined) {
    return { ...NOTHING_LINKED, links: new Map(), shares: new Map(), nodeOfReservation: new Map() };
  }
  const links = loadNamedLinks(tables, needs);
  loadPlaces(tables, own, links.values());
  return {
    linked: true,
    hub: first.peerRole === 'hub' ? first.peer : null,
    links,
    shares: loadShares(tables, needs, own),
    nodeOfReservation: loadMakers(tables, needs, own),
  };
}

/**
 * Locations of the links, and of the lines of reservations and the ends of transfers those whose goods another node has,
 * or that are fenced.
 */
function loadPlaces(tables: Tables, own: OwnRows, links: Iterable<Link>): void {
  const { locations } = own;
  const find = (name: string) => locations.get(name) ?? tables.catalogue.location(name);
  for (const { location: name } of links) {
    const location = find(name);
    if (location) locations.set(name, location);
  }
  for (const name of placesOf(own)) {
    const location = find(name);
    if (location?.node !== undefined || location?.fence !== undefined)
      locations.set(name, location);
  }
}

function placesOf({ reservations, transfers }: OwnRows): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { lines } of reservations.values()) {
    for (const { location } of lines) names.add(location);
  }
  for (const { from, to } of transfers.values()) {
    if (from !== null) names.add(from);
    names.add(to);
  }
  return names;
}

/** Where something is removed, all are read. */
function loadNamedLinks(tables: Tables, needs: Needs): Map<string, Link> {
  if (needs.removal) return new Map(tables.links.all().map((link) => [link.peer, link]));
  const links = new Map<string, Link>();
  for (const peer of needs.links) {
    const link = tables.links.byPeer(peer);
    if (link) links.set(peer, link);
  }
  return links;
}

function loadShares({ shares }: Tables, needs: Needs, own: OwnRows): Map<ShareKey, Share> {
  const found = new Map<ShareKey, Share>();
  const keep = (row: Share) => found.set(shareKey(row.peer, row.sku, row.location), row);
  const looked = new Set([...needs.counted, ...own.short]);
  for (const key of looked) {
    const need = needs.levels.get(key);
    if (need) shares.ofLevel(need.sku, need.location).forEach(keep);
  }
  const mayConcern = needs.links.size > 0 || shares.anyOwing();
  for (const { sku, location } of mayConcern ? levelsOf(needs, own) : []) {
    if (looked.has(levelKey(sku, location))) continue;
    concernedOf(shares, needs, sku, location).forEach(keep);
  }
  for (const [key, name] of needs.shares) {
    const share = found.has(key) ? undefined : shares.byName(name);
    if (share) keep(share);
  }
  return found;
}

/**
 * Those of the named links, and of peers that owe units. A level has few peers, while a commit may have hundreds of
 * links, each with levels of its own: to look for each link at each level was most of the work.
 */
function concernedOf(
  shares: Tables['shares'],
  { links }: Needs,
  sku: string,
  location: string,
): readonly Share[] {
  if (links.size === 0) return shares.owingOfLevel(sku, location);
  const all = shares.ofLevel(sku, location);
  return all.filter(({ peer, available }) => links.has(peer) || available < 0);
}

/** All that a commit may touch, stocked or not. */
function levelsOf(needs: Needs, { levels, transfers }: OwnRows): Iterable<LevelName> {
  const names = new Map<LevelKey, LevelName>([...needs.levels, ...levels]);
  for (const { from, to, lines } of transfers.values()) {
    for (const { sku } of lines) {
      if (from !== null) names.set(levelKey(sku, from), { sku, location: from });
      names.set(levelKey(sku, to), { sku, location: to });
    }
  }
  return names.values();
}

function loadMakers({ mirror }: Tables, needs: Needs, own: OwnRows): Map<string, string> {
  const makers = new Map<string, string>();
  for (const id of needs.reservations) {
    if (own.reservations.has(id)) continue;
    const peer = mirror.makerOf(id);
    if (peer !== undefined) makers.set(id, peer);
  }
  return makers;
}
