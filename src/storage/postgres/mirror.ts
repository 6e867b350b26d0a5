import type { MirrorPlace, MirrorRow } from '../../ledger/books.ts';
import { MIRROR_ROW_COLUMNS, type MirrorRowColumns, mirrorRowOf } from '../rows/links.ts';
import { type Runner, statement } from './statement.ts';

const READ_AFTER = statement<MirrorRowColumns>(
  'mirror_after',
  `SELECT ${MIRROR_ROW_COLUMNS} FROM mirror WHERE (peer, applied_at, position) > ($1, $2, $3)
   ORDER BY peer, applied_at, position LIMIT $4`,
);

/** No peer has an empty name. */
const FIRST: MirrorPlace = { peer: '', appliedAt: 0, position: 0 };

/** What peers' logs say. */
export class MirrorReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** All that ever came, whatever became of it, at most `limit` after a place. */
  async after(place: MirrorPlace = FIRST, limit: number): Promise<MirrorRow[]> {
    const { peer, appliedAt, position } = place;
    const rows = await this.#runner.run(READ_AFTER, [peer, appliedAt, position, limit]);
    return rows.map(mirrorRowOf);
  }
}
