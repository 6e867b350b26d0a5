/**
 * Tells whether the database is the one that this node last ran on. A number that changes with each proof is kept in the
 * database and outside of it, so that a database that was copied here, or restored from a backup, is noticed: inside
 * and outside differ. A crash between the two writes locks nobody out, for outside both the number that was and the one
 * that is to be are kept.
 */
export interface Incarnation {
  /** True for a new database. */
  isProven(): Promise<boolean>;
  /** Makes it so, with a new number; durable when it is done. */
  prove(): Promise<void>;
}
