import type { FreezeReason } from '../../ledger/errors.ts';
import type { Freeze } from '../archive.ts';
import { one, type Runner, statement } from './statement.ts';

const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

const READ = statement<Freeze>(
  'read_freeze',
  `SELECT frozen AS reason, frozen_at AS time FROM log_head
  WHERE id = 1 AND frozen IS NOT NULL`,
);
const FREEZE = statement(
  'freeze',
  `UPDATE log_head SET frozen = $1, frozen_at = ${NOW_MS} WHERE id = 1 AND frozen IS NULL`,
);
const THAW = statement(
  'thaw',
  `UPDATE log_head SET frozen = NULL, frozen_at = NULL
  WHERE id = 1 AND frozen IN ('moved', 'copy')`,
);
const BEGIN_RESTORE = statement<Freeze>(
  'begin_restore',
  `UPDATE log_head SET position = 0, time = 0, frozen = 'restoring',
    frozen_at = greatest(${NOW_MS}, frozen_at + 1)
  WHERE id = 1 RETURNING frozen AS reason, frozen_at AS time`,
);
const CONTINUE_RESTORE = statement<Freeze>(
  'continue_restore',
  `SELECT frozen AS reason, frozen_at AS time FROM log_head
  WHERE id = 1 AND frozen = 'restoring' AND frozen_at = $1 FOR SHARE`,
);
const END_RESTORE = statement(
  'end_restore',
  `UPDATE log_head SET frozen = $1, frozen_at = CASE WHEN $1::text IS NULL THEN NULL ELSE ${NOW_MS} END
  WHERE id = 1`,
);

/** Whether the ledger takes commits: the head of the log says so, which every commit writes. */
export class FreezeRow {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async frozen(): Promise<Freeze | null> {
    return (await one(this.#runner, READ)) ?? null;
  }

  /** Waits for the commit that has the head of the log. Does nothing to a ledger that is frozen. */
  async freeze(reason: FreezeReason): Promise<void> {
    await this.#runner.run(FREEZE, [reason]);
  }

  /** Does nothing to a ledger that is being restored. */
  async thaw(): Promise<void> {
    await this.#runner.run(THAW);
  }

  /** @returns the time of the freeze, which no restore before it has */
  async beginRestore(): Promise<number> {
    const freeze = await one(this.#runner, BEGIN_RESTORE);
    if (!freeze) throw new Error('the database has lost the head of its log; it is damaged');
    return freeze.time;
  }

  /** Whether the restore that began at `time` may go on; nobody else begins one before the transaction ends. */
  async continuesRestore(time: number): Promise<boolean> {
    return (await one(this.#runner, CONTINUE_RESTORE, [time])) !== undefined;
  }

  /** @param reason null for a ledger that takes commits from now on */
  async endRestore(reason: FreezeReason | null): Promise<void> {
    await this.#runner.run(END_RESTORE, [reason]);
  }
}
