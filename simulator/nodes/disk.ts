import { newOutside, type Outside } from '../memoryStorage/open.ts';
import { copyTables, emptyTables, type Tables } from '../memoryStorage/tables.ts';
import { Announcements } from './announcements.ts';
import { DatabaseLock } from './databaseLock.ts';

/** What a node's machine keeps when all its processes die: its database, and what stands beside it. */
export class Disk {
  readonly lock = new DatabaseLock();
  readonly announcements = new Announcements();
  tables: Tables;
  outside: Outside;

  constructor(tables: Tables, outside: Outside) {
    this.tables = tables;
    this.outside = outside;
  }

  static empty(node: string): Disk {
    const tables = emptyTables(node);
    return new Disk(tables, newOutside(tables));
  }

  /** Everything on it, as it is now. */
  copy(): Disk {
    return new Disk(copyTables(this.tables), { ...this.outside });
  }

  /**
   * Puts a backup in place of the database.
   * @param withOutside the whole machine was rolled back, so the database cannot tell
   */
  restore(backup: Disk, withOutside: boolean): void {
    this.tables = copyTables(backup.tables);
    if (withOutside) this.outside = { ...backup.outside };
  }
}
