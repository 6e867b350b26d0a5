import type { Location, Product } from '../../domain/catalogue.ts';
import { levelKeyOf } from '../../domain/links/share.ts';
import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import type { Needs, Rows, Writes } from '../../ledger/store.ts';
import type { Connection } from './connection.ts';
import { asksForLinks, type Custody, custodyChange } from './custody.ts';

/** How many levels are remembered, about 500 bytes each. */
const LEVELS_MAX = 100_000;

/** After a guess that was wrong, at most two to the power of this many commits look before they write. */
const RESTRAINT_MAX = 8;

interface Remembered {
  readonly id: number;
  readonly level: Level;
  readonly product: Product;
  readonly location: Location;
}

/** What a commit decides from without having looked. */
export interface Guess {
  readonly rows: Rows;
  readonly levelIds: ReadonlyMap<LevelKey, number>;
  /** As of the commits that it goes on from. */
  readonly custody: Custody;
}

/**
 * The levels as this server's commits left them. Reservations of what was there can be decided from them and written in
 * one statement, which does nothing unless every level still has the version that was seen. A version stands for one
 * state of a level, and a level with units keeps its product and location from being removed; ids and idempotency keys
 * that are not new are found by their constraints. So a guess is right, or comes to nothing.
 *
 * A level whose location another node has in hand, or which is fenced, and one of which a peer owes units, is not
 * remembered: it is looked at each time. That it has become one by another server's commit is told by the number that
 * the head of the log keeps of such changes (`custody.ts`): a guess by an older number comes to nothing, and by a newer
 * one all is forgotten. A peer that comes to owe units while some are available is covered by the same commit, which
 * gives the level another version.
 *
 * It holds for one connection: another one may lead to a database that has lost its last commits, where a version can
 * stand for something else.
 */
export class Speculation {
  readonly #levels = new Map<LevelKey, Remembered>();
  #connection: Connection | undefined;
  #custody: Custody = 0;
  #restraint = 0;
  #sitOut = 0;

  /** Takes note of what a commit has read and written. */
  remember(connection: Connection, { rows, levelIds, custody }: Guess, writes: Writes): void {
    this.#startOver(connection, custody + custodyChange(writes));
    const owed = levelsOwed(rows, writes);
    for (const [key, id] of levelIds) {
      const level = writes.levels.get(key)?.after ?? rows.levels.get(key);
      const before = this.#levels.get(key);
      const product = level && (rows.products.get(level.sku) ?? before?.product);
      const location = level && (rows.locations.get(level.location) ?? before?.location);
      if (level && product && location && isOurs(location) && !owed.has(key)) {
        this.#levels.set(key, { id, level, product, location });
      } else this.#levels.delete(key);
    }
    if (this.#levels.size > LEVELS_MAX) this.#levels.clear();
  }

  /** @returns undefined when it is better to look */
  guess(connection: Connection, needs: Needs, now: number): Guess | undefined {
    if (!isSimple(needs) || connection !== this.#connection) return undefined;
    if (this.#sitOut > 0) {
      this.#sitOut -= 1;
      return undefined;
    }
    const guess = new Guessing(now, this.#custody);
    for (const [key, { wanted }] of needs.levels) {
      const known = this.#levels.get(key);
      // An empty level does not keep its product and location: they may have been removed without a new version.
      if (!known || known.level.available < Math.max(wanted, 1)) return undefined;
      guess.add(known);
    }
    return guess.covers(needs) ? guess : undefined;
  }

  wasRight(): void {
    this.#restraint = Math.max(this.#restraint - 1, 0);
  }

  wasWrong(): void {
    this.#restraint = Math.min(this.#restraint + 1, RESTRAINT_MAX);
    this.#sitOut = 2 ** this.#restraint;
  }

  #startOver(connection: Connection, custody: Custody): void {
    if (connection === this.#connection && custody === this.#custody) return;
    this.#connection = connection;
    this.#custody = custody;
    this.#levels.clear();
  }
}

/** Whether all that the commit does is to make reservations. */
function isSimple(needs: Needs): boolean {
  const { levels, reservations, made, transfers, changed, spread, removal } = needs;
  return (
    levels.size > 0 &&
    reservations.size > 0 &&
    [...reservations].every((id) => made.has(id)) &&
    transfers.size === 0 &&
    changed.products.size === 0 &&
    changed.locations.size === 0 &&
    spread.size === 0 &&
    removal === null &&
    !asksForLinks(needs)
  );
}

function isOurs({ node, fence }: Location): boolean {
  return node === undefined && fence === undefined;
}

/** Levels of which a peer owes units, as far as it was looked up. */
function levelsOwed(rows: Rows, writes: Writes): ReadonlySet<LevelKey> {
  const written = [...writes.shares.values()].flatMap(({ after }) => (after ? [after] : []));
  const owing = [...rows.shares.values(), ...written].filter(({ available }) => available < 0);
  return new Set(owing.map(levelKeyOf));
}

/** Whether what was decided from a guess does not hang on anything that was not looked at. */
export function madeAll({ reservations }: Needs, writes: Writes): boolean {
  return [...reservations].every((id) => {
    const change = writes.reservations.get(id);
    return change !== undefined && change.before === undefined && change.after !== undefined;
  });
}

class Guessing implements Guess {
  readonly levelIds = new Map<LevelKey, number>();
  readonly #levels = new Map<LevelKey, Level>();
  readonly #products = new Map<string, Product>();
  readonly #locations = new Map<string, Location>();
  readonly custody: Custody;
  readonly #now: number;

  constructor(now: number, custody: Custody) {
    this.#now = now;
    this.custody = custody;
  }

  add({ id, level, product, location }: Remembered): void {
    const key = levelKey(level.sku, level.location);
    this.levelIds.set(key, id);
    this.#levels.set(key, level);
    this.#products.set(product.sku, product);
    this.#locations.set(location.location, location);
  }

  covers({ products, locations }: Needs): boolean {
    return (
      [...products].every((sku) => this.#products.has(sku)) &&
      [...locations].every((name) => this.#locations.has(name))
    );
  }

  get rows(): Rows {
    return {
      now: this.#now,
      products: this.#products,
      locations: this.#locations,
      keys: new Map(),
      levels: this.#levels,
      reservations: new Map(),
      transfers: new Map(),
      dueHolds: new Map(),
      nextReleaseAt: new Map(),
      linked: false,
      hub: null,
      links: new Map(),
      shares: new Map(),
      nodeOfReservation: new Map(),
      inUse: null,
      stockedAt: new Map(),
    };
  }
}
