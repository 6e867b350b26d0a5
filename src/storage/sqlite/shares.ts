import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Share } from '../../domain/links/share.ts';
import type { ShareName } from '../../ledger/store.ts';
import { SHARE_COLUMNS, shareOf } from '../rows/links.ts';
import type { LentColumns } from '../rows/stocked.ts';
import { all, countOf, one } from './statement.ts';

const SELECT = `SELECT ${SHARE_COLUMNS} FROM shares`;
const READ = `${SELECT} WHERE sku = ? AND location = ? AND peer = ?`;
const READ_OF_LEVEL = `${SELECT} WHERE sku = ? AND location = ?`;
const READ_OF_SKU = `${SELECT} WHERE sku = ?`;
// What a peer owes is not there, and what is on its way to it will be.
const READ_LENT = `
  SELECT sku, location, sum(max(available + granted - arrived, 0)) AS units FROM shares
  WHERE sku = ? GROUP BY location HAVING units > 0 ORDER BY location`;
const READ_AT_LOCATION = `${SELECT} WHERE location = ?`;
const READ_OWING_OF_LEVEL = `${SELECT} WHERE sku = ? AND location = ? AND available < 0`;
const READ_ANY_OWING = 'SELECT EXISTS (SELECT 1 FROM shares WHERE available < 0) AS value';

const PUT = `
  INSERT INTO shares
    (sku, location, peer, available, reserved, committed, unavailable, version, position, time,
     granted, arrived, request, request_session)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (sku, location, peer) DO UPDATE SET
    available = excluded.available, reserved = excluded.reserved, committed = excluded.committed,
    unavailable = excluded.unavailable, version = excluded.version, position = excluded.position,
    time = excluded.time, granted = excluded.granted, arrived = excluded.arrived,
    request = excluded.request, request_session = excluded.request_session`;

/** What peers own. */
export class ShareReader {
  readonly #read: StatementSync;
  readonly #ofLevel: StatementSync;
  readonly #ofSku: StatementSync;
  readonly #lent: StatementSync;
  readonly #atLocation: StatementSync;
  readonly #owingOfLevel: StatementSync;
  readonly #anyOwing: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ);
    this.#ofLevel = db.prepare(READ_OF_LEVEL);
    this.#ofSku = db.prepare(READ_OF_SKU);
    this.#lent = db.prepare(READ_LENT);
    this.#atLocation = db.prepare(READ_AT_LOCATION);
    this.#owingOfLevel = db.prepare(READ_OWING_OF_LEVEL);
    this.#anyOwing = db.prepare(READ_ANY_OWING);
  }

  byName({ peer, sku, location }: ShareName): Share | undefined {
    const columns = one<Share>(this.#read, sku, location, peer);
    return columns && shareOf(columns);
  }

  ofLevel(sku: string, location: string): Share[] {
    return all<Share>(this.#ofLevel, sku, location).map(shareOf);
  }

  ofSku(sku: string): Share[] {
    return all<Share>(this.#ofSku, sku).map(shareOf);
  }

  /** By place, where there is something. */
  lentOf(sku: string): LentColumns[] {
    return all<LentColumns>(this.#lent, sku);
  }

  atLocation(location: string): Share[] {
    return all<Share>(this.#atLocation, location).map(shareOf);
  }

  /** Those of the level whose peers owe units. */
  owingOfLevel(sku: string, location: string): Share[] {
    return all<Share>(this.#owingOfLevel, sku, location).map(shareOf);
  }

  /** Whether any peer owes units of anything, which is seldom. */
  anyOwing(): boolean {
    return countOf(this.#anyOwing) > 0;
  }
}

export class ShareWriter extends ShareReader {
  readonly #put: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#put = db.prepare(PUT);
  }

  put(share: Share): void {
    const { sku, location, peer, available, reserved, committed, unavailable } = share;
    const { version, position, time, granted, arrived, request, requestSession } = share;
    this.#put.run(
      sku,
      location,
      peer,
      available,
      reserved,
      committed,
      unavailable,
      version,
      position,
      time,
      granted,
      arrived,
      request,
      requestSession,
    );
  }
}
