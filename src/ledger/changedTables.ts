import type { Location, Product } from '../domain/catalogue.ts';
import type { Link } from '../domain/links/link.ts';
import type { Reservation } from '../domain/reservation.ts';
import { emptyLevel, type Level, levelKey } from '../domain/stock.ts';
import type { Transfer } from '../domain/transfer.ts';
import { ChangedRows, UndoLog } from './changedRows.ts';
import { ChangedShares } from './changedShares.ts';
import type { KeyRecord, Rows } from './store.ts';

/** All rows that a commit has loaded, and over them what it has changed. */
export class ChangedTables {
  readonly undo = new UndoLog();
  readonly levels: ChangedRows<Level>;
  readonly reservations: ChangedRows<Reservation>;
  readonly transfers: ChangedRows<Transfer>;
  readonly products: ChangedRows<Product>;
  readonly locations: ChangedRows<Location>;
  readonly keys: ChangedRows<KeyRecord>;
  readonly links: ChangedRows<Link>;
  readonly shares: ChangedShares;
  /** By level: when its first hold that is not due ends, as far as is known, in milliseconds since 1970. Not written. */
  readonly releases: ChangedRows<number>;

  constructor(rows: Rows) {
    const { undo } = this;
    this.levels = new ChangedRows(rows.levels, undo);
    this.reservations = new ChangedRows(rows.reservations, undo);
    this.transfers = new ChangedRows(rows.transfers, undo);
    this.products = new ChangedRows(rows.products, undo);
    this.locations = new ChangedRows(rows.locations, undo);
    this.keys = new ChangedRows(rows.keys, undo);
    this.links = new ChangedRows(rows.links, undo);
    this.shares = new ChangedShares(rows.shares, undo);
    this.releases = new ChangedRows(rows.nextReleaseAt, undo);
  }

  /** An empty one where it was never stocked. */
  level(sku: string, location: string): Level {
    return this.levels.get(levelKey(sku, location)) ?? emptyLevel(sku, location);
  }
}
