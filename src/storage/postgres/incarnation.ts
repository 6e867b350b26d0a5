import type { Incarnation } from '../../nodes/incarnation.ts';
import { one, type Runner, statement } from './statement.ts';

/**
 * Where this ledger stands: the system identifier of the cluster, its timeline, and the numbers of the database and of a
 * table in it. Outside of the ledger's rows it cannot be changed by whoever copies them, so each of these has another
 * one: a dump that was restored, of whatever kind and wherever to, a copy of the database in the same cluster, a point
 * in time that was gone back to, and a standby that has taken over, even one that had everything.
 *
 * Not told apart are the files of a whole cluster that were copied, or put back from a snapshot of the disk. That shows
 * when a peer has seen more than this log has, or meets both copies.
 */
export const INCARNATION = `(
  SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE
    concat_ws('/', system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
      (SELECT oid FROM pg_database WHERE datname = current_database()), 'node'::regclass::oid)
  END FROM pg_control_system())`;

/** Whether it stands where it stood, of the one row of `node`. */
export const STANDS = `incarnation IS NOT DISTINCT FROM ${INCARNATION}`;

const IS_PROVEN = statement<{ proven: boolean }>(
  'is_proven',
  `SELECT ${STANDS} OR NOT EXISTS (SELECT FROM links) AS proven FROM node WHERE id = 1`,
);
const PROVE = statement('prove', `UPDATE node SET incarnation = ${INCARNATION}`);

/**
 * For all servers of the database at once. What is kept inside is where it stood when it was last proven; a ledger that
 * never had a link has nothing to prove, and is where it is when it gets its first.
 */
export class PostgresIncarnation implements Incarnation {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async isProven(): Promise<boolean> {
    return (await one(this.#runner, IS_PROVEN))?.proven ?? false;
  }

  /** A standby can be read, so a start that finds nothing to prove writes nothing. */
  async prove(): Promise<void> {
    if (await this.isProven()) return;
    await this.#runner.run(PROVE);
  }
}
