import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LostDemand } from '../../ledger/store.ts';

// Upserted: all that was turned away in one minute is one row per level.
const ADD = `
  INSERT INTO demand (minute, sku, location, requests, units) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (minute, sku, location) DO UPDATE
  SET requests = requests + excluded.requests,
      units = min(units + excluded.units, ${Number.MAX_SAFE_INTEGER})`;

const MINUTE_MS = 60_000;

export class DemandWriter {
  readonly #add: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(ADD);
  }

  /** @param time of the commit, milliseconds since 1970 */
  add({ sku, location, requests, units }: LostDemand, time: number): void {
    this.#add.run(time - (time % MINUTE_MS), sku, location, requests, units);
  }
}
