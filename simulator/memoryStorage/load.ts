import type { Location } from '../../src/domain/catalogue.ts';
import { inFlight, type Share, type ShareKey } from '../../src/domain/links/share.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { UnitsInUse } from '../../src/domain/state.ts';
import { hasUnits, type LevelKey, levelKey, onHand } from '../../src/domain/stock.ts';
import {
  isOpenTransfer,
  outstanding,
  type Transfer,
  type TransferLine,
  underWay,
} from '../../src/domain/transfer.ts';
import type { LevelNeed, Needs, Removal, Rows } from '../../src/ledger/store.ts';
import { type LentColumns, stockedPlaces } from '../../src/storage/rows/stocked.ts';
import { compareParts } from './order.ts';
import type { HoldRow, MirrorRow, Tables } from './tables.ts';

/** Loads what a commit needs. `now` is the ledger's time. */
export function loadRows(tables: Tables, needs: Needs, now: number): Rows {
  const short = shortLevels(tables, needs);
  const dueHolds = new Map<LevelKey, readonly string[]>();
  const nextReleaseAt = new Map<LevelKey, number>();
  for (const key of short) {
    const holds = sortedHolds(tables, key);
    dueHolds.set(key, idsOf(holds.filter((hold) => hold.expiresAt <= now)));
    const next = holds.find((hold) => hold.expiresAt > now);
    if (next) nextReleaseAt.set(key, next.expiresAt);
  }
  const ids = new Set([...needs.reservations, ...[...dueHolds.values()].flat()]);
  const reservations = pick(tables.reservations, ids);
  const transfers = pick(tables.transfers, transfersOf(tables, needs));
  const touched = touchedLevels(needs, reservations, transfers);
  const links = needs.removal ? tables.links : pick(tables.links, needs.links);
  return {
    now,
    products: pick(tables.products, needs.products),
    locations: loadLocations(tables, needs, reservations, transfers),
    linked: tables.links.size > 0,
    hub: [...tables.links.values()].find(({ peerRole }) => peerRole === 'hub')?.peer ?? null,
    links,
    shares: loadShares(tables, needs, touched, new Set(short)),
    nodeOfReservation: foreignReservations(tables, needs, reservations),
    keys: pick(tables.keys, needs.keys.keys()),
    levels: pick(tables.levels, touched),
    reservations,
    transfers,
    dueHolds,
    nextReleaseAt,
    inUse: needs.removal && unitsInUse(tables, needs.removal),
    stockedAt: stockedAt(tables, needs),
  };
}

function transfersOf(tables: Tables, { transfers, transfersAt }: Needs): ReadonlySet<string> {
  const open = [...tables.transfers.values()].filter(
    (one) => isOpenTransfer(one) && (one.from === transfersAt || one.to === transfersAt),
  );
  return new Set([...transfers, ...(transfersAt === null ? [] : open.map(({ id }) => id))]);
}

function pick<T>(table: ReadonlyMap<string, T>, keys: Iterable<string>): Map<string, T> {
  const found = new Map<string, T>();
  for (const key of keys) {
    const row = table.get(key);
    if (row !== undefined) found.set(key, row);
  }
  return found;
}

/** Those named, those of the links named, and of reservations and transfers those whose goods another node has. */
function loadLocations(
  tables: Tables,
  needs: Needs,
  reservations: ReadonlyMap<string, Reservation>,
  transfers: ReadonlyMap<string, Transfer>,
): Map<string, Location> {
  const places = [...pick(tables.links, needs.links).values()].map(({ location }) => location);
  const found = pick(tables.locations, [...needs.locations, ...places]);
  const lines = [...reservations.values()].flatMap((reservation) => reservation.lines);
  const ends = [...transfers.values()].flatMap(({ from, to }) =>
    from === null ? [to] : [from, to],
  );
  for (const location of [...lines.map((line) => line.location), ...ends]) {
    const row = tables.locations.get(location);
    if (row?.node !== undefined || row?.fence !== undefined) found.set(location, row);
  }
  return found;
}

function loadShares(
  tables: Tables,
  needs: Needs,
  touched: ReadonlySet<LevelKey>,
  short: ReadonlySet<LevelKey>,
): Map<ShareKey, Share> {
  const found = pick(tables.shares, needs.shares.keys());
  for (const level of new Set([...touched, ...needs.counted, ...short])) {
    const all = needs.counted.has(level) || short.has(level);
    for (const peer of tables.links.keys()) {
      const key: ShareKey = `${peer}\u0000${level}`;
      const share = tables.shares.get(key);
      if (share === undefined) continue;
      if (all || share.available < 0 || needs.links.has(peer)) found.set(key, share);
    }
  }
  return found;
}

function foreignReservations(
  tables: Tables,
  needs: Needs,
  here: ReadonlyMap<string, Reservation>,
): Map<string, string> {
  const found = new Map<string, string>();
  const makers = needs.reservations.size > 0 ? makersIn(tables.mirror) : new Map<string, string>();
  for (const id of needs.reservations) {
    const maker = here.has(id) ? undefined : makers.get(id);
    if (maker !== undefined) found.set(id, maker);
  }
  return found;
}

interface Makers {
  /** Rows of the mirror that were looked at. */
  read: number;
  /** By reservation. */
  readonly peers: Map<string, string>;
}

/** An index, for a mirror only grows; where rows of it change it is another array. */
const makersOf = new WeakMap<readonly MirrorRow[], Makers>();

/** By reservation: who has made it. */
function makersIn(mirror: readonly MirrorRow[]): ReadonlyMap<string, string> {
  const makers: Makers = makersOf.get(mirror) ?? { read: 0, peers: new Map() };
  makersOf.set(mirror, makers);
  const { peers } = makers;
  for (const { peer, event, applied, superseded } of mirror.slice(makers.read)) {
    const { type, reservationId } = event;
    const isMade = type === 'reserve' && applied && !superseded;
    if (isMade && reservationId !== null) peers.set(reservationId, peer);
  }
  makers.read = mirror.length;
  return peers;
}

function stockedAt(tables: Tables, { spread }: Needs): Rows['stockedAt'] {
  if (spread.size === 0) return new Map();
  const own = [...tables.levels.values()]
    .filter(({ sku }) => spread.has(sku))
    .sort((one, other) => compareParts([one.location], [other.location]));
  const lent = [...tables.shares.values()].filter(({ sku }) => spread.has(sku));
  const byPlace = Map.groupBy(lent, ({ sku, location }) => levelKey(sku, location));
  return stockedPlaces(
    own.map(({ sku, location, available }) => ({
      sku,
      location,
      available,
      releaseAt: available > 0 ? null : firstRelease(tables, levelKey(sku, location)),
    })),
    [...byPlace.values()].flatMap(lentIn),
  );
}

function firstRelease(tables: Tables, key: LevelKey): number | null {
  return sortedHolds(tables, key)[0]?.expiresAt ?? null;
}

/** What other nodes have of one level, and what is on its way to them; none where that is nothing. */
function lentIn(shares: readonly Share[]): LentColumns[] {
  const units = shares.reduce(
    (sum, share) => sum + Math.max(share.available + inFlight(share), 0),
    0,
  );
  return shares.slice(0, units > 0 ? 1 : 0).map(({ sku, location }) => ({ sku, location, units }));
}

function shortLevels(tables: Tables, needs: Needs): LevelKey[] {
  const isShort = ([key, need]: [LevelKey, LevelNeed]) =>
    (tables.levels.get(key)?.available ?? 0) < need.wanted;
  return [...needs.levels].filter(isShort).map(([key]) => key);
}

function sortedHolds(tables: Tables, key: LevelKey): HoldRow[] {
  const endOf = ({ expiresAt, reservationId }: HoldRow) => [expiresAt, reservationId];
  return [...(tables.holds.get(key)?.values() ?? [])].sort((one, other) =>
    compareParts(endOf(one), endOf(other)),
  );
}

function idsOf(holds: readonly HoldRow[]): string[] {
  return holds.map((hold) => hold.reservationId);
}

function touchedLevels(
  needs: Needs,
  reservations: ReadonlyMap<string, Reservation>,
  transfers: ReadonlyMap<string, Transfer>,
): Set<LevelKey> {
  const keys = new Set(needs.levels.keys());
  for (const { lines } of reservations.values()) {
    for (const { sku, location } of lines) keys.add(levelKey(sku, location));
  }
  for (const { from, to, lines } of transfers.values()) {
    for (const { sku } of lines) {
      keys.add(levelKey(sku, to));
      if (from !== null) keys.add(levelKey(sku, from));
    }
  }
  return keys;
}

function unitsInUse(tables: Tables, removal: Removal): UnitsInUse {
  const levels = [...tables.levels.values()].filter((level) =>
    'product' in removal ? level.sku === removal.product : level.location === removal.location,
  );
  const lines = [...tables.transfers.values()].flatMap((one) => linesInUse(one, removal));
  const inTransit = sum(lines.map(underWay));
  const shares = [...tables.shares.values()].filter((share) =>
    'product' in removal ? share.sku === removal.product : share.location === removal.location,
  );
  const onTheirWay = inTransit + sum(shares.map(inFlight));
  return {
    onHand: sum([...levels, ...shares].map(onHand)),
    inTransit: onTheirWay,
    inUse: onTheirWay > 0 || lines.some(isOpen) || levels.some(hasUnits) || shares.some(hasUnits),
  };
}

/** Goods on their way keep both ends: they may still come back to where they left. */
function linesInUse({ from, to, lines }: Transfer, removal: Removal): readonly TransferLine[] {
  if ('product' in removal) return lines.filter(({ sku }) => sku === removal.product);
  return from === removal.location || to === removal.location ? lines : [];
}

function isOpen(line: TransferLine): boolean {
  return outstanding(line) !== 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
