import type { Reservation, ReservationLine } from '../../domain/reservation.ts';
import {
  type KeptLine,
  keptLinesOf,
  lineOf,
  type ReservationColumns,
  reservationOf,
} from '../rows/reservations.ts';
import { type Runner, statement } from './statement.ts';

const READ_NAMES = statement<LevelName & { readonly id: number }>(
  'level_names',
  `SELECT names.id, names.sku, names.location FROM unnest($1::bigint[]) AS wanted (id)
  CROSS JOIN LATERAL (SELECT * FROM level_ids WHERE level_ids.id = wanted.id LIMIT 1) AS names`,
);

/** How many names are remembered, about 100 bytes each. */
const NAMES_MAX = 100_000;

type LevelName = { readonly sku: string; readonly location: string };

/** `opened` tells how many connections it has opened, where it may open more than one. */
export type NamesRunner = Runner & { readonly opened?: number };

/**
 * What the numbers of levels stand for. A number keeps its meaning for ever once it is committed, so it may be
 * remembered; whoever shares this must not look inside a transaction that may be rolled back. Only a server that has lost
 * its last commits gives their numbers away again: a standby that took over, or a backup that was brought back. Then
 * there are new connections, so with each of these all is forgotten.
 */
export class LevelNames {
  readonly #runner: NamesRunner;
  #known = new Map<number, LevelName>();
  #knownSince: number | undefined;

  constructor(runner: NamesRunner) {
    this.#runner = runner;
  }

  /**
   * All names that are not known yet are asked for at once.
   * @throws {Error} when the log does not know a number: the database was changed by another hand
   */
  async reservationsOf(rows: readonly ReservationColumns[]): Promise<Reservation[]> {
    const kept = rows.map((columns) => ({ columns, lines: keptLinesOf(columns) }));
    const names = await this.#namesOf(kept.flatMap(({ lines }) => lines.map(([level]) => level)));
    return kept.map(({ columns, lines }) =>
      reservationOf(
        columns,
        lines.map((line) => namedLine(line, names)),
      ),
    );
  }

  async #namesOf(ids: readonly number[]): Promise<ReadonlyMap<number, LevelName>> {
    const known = this.#remembered();
    const unknown = new Set(ids.filter((id) => !known.has(id)));
    if (unknown.size === 0) return known;
    const names = await this.#runner.run(READ_NAMES, [[...unknown]]);
    // What another reader took from the map before it became too large stands there still.
    const room = known.size + names.length <= NAMES_MAX;
    const all = room ? known : new Map(ids.flatMap((id) => entryOf(id, known.get(id))));
    for (const { id, sku, location } of names) all.set(id, { sku, location });
    if (this.#known === known) this.#known = all;
    return all;
  }

  #remembered(): Map<number, LevelName> {
    const { opened } = this.#runner;
    if (opened !== this.#knownSince) this.#known = new Map();
    this.#knownSince = opened;
    return this.#known;
  }
}

function entryOf(id: number, name: LevelName | undefined): [number, LevelName][] {
  return name ? [[id, name]] : [];
}

function namedLine(line: KeptLine, names: ReadonlyMap<number, LevelName>): ReservationLine {
  const name = names.get(line[0]);
  if (!name) throw new Error(`the database names no level ${line[0]}`);
  return lineOf(line, name);
}
