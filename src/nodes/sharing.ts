import { isMovement, type LoggedEvent, type Movement } from '../domain/events.ts';
import type { ExpectedLevel, LevelName } from '../domain/links/commands.ts';
import type { Link } from '../domain/links/link.ts';
import { levelKey } from '../domain/stock.ts';
import { findLink, submitLink } from './linkCommands.ts';
import type { Planner } from './planner.ts';
import type { SessionParts } from './sessionParts.ts';

/**
 * Positions without a reason to pass anything on are written down only now and then. A thousand links that begin their
 * sessions at once look through so many each at most.
 */
const UNWRITTEN_POSITIONS_MAX = 10_000;

/** What a page of this log gives reason to pass on. */
interface Reasons {
  readonly levels: Map<string, LevelName>;
  readonly reservations: Set<string>;
}

/**
 * Passes units on while a session lasts: to the hub its part of what came in at the shop, to the shop what was sold at
 * the hub. It follows this node's own log from `link.considered` on, so nothing is forgotten by a crash, and looks at
 * what there is now, so to look twice does no harm. While the link is down nothing is passed on: units on their way to
 * nobody can be sold by nobody.
 */
export class Sharing {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #planner: Planner | null;
  /** What the ledger knows was considered. */
  #considered: number;
  #looked: number;
  #isRunning = false;
  #runAgain = false;
  #isEnded = false;

  constructor(parts: SessionParts, link: Link, planner: Planner | null) {
    this.#parts = parts;
    this.#link = link;
    this.#planner = planner;
    this.#considered = link.considered;
    this.#looked = link.considered;
  }

  /** Looks at what is new, in the background. */
  advance(): void {
    this.#runAgain = true;
    if (!this.#isRunning) void this.#run();
  }

  end(): void {
    this.#isEnded = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#runAgain && !this.#isEnded) {
        this.#runAgain = false;
        while (!this.#isEnded && (await this.#considerPage()));
      }
    } catch (error) {
      if (!this.#isEnded) this.#parts.observer.failed(this.#link.peer, error);
      await this.#goOnFromLedger();
    } finally {
      this.#isRunning = false;
    }
  }

  /** A commit of unknown outcome may have been done: then what was considered is more than was heard of. */
  async #goOnFromLedger(): Promise<void> {
    try {
      const link = await findLink(this.#parts, this.#link.peer);
      this.#considered = link?.considered ?? this.#considered;
    } catch (error) {
      this.#parts.observer.failed(this.#link.peer, error);
    }
    this.#looked = this.#considered;
  }

  /** @returns whether there may be more */
  async #considerPage(): Promise<boolean> {
    const { entries, through } = await this.#parts.log.readMovements(this.#link, this.#looked);
    if (through <= this.#looked) return false;
    this.#looked = through;
    const { levels, reservations } = reasonsIn(this.#link, entries);
    const isNear = through - this.#considered < UNWRITTEN_POSITIONS_MAX;
    if (levels.size === 0 && reservations.size === 0 && isNear) return true;
    const { peer, session } = this.#link;
    await submitLink(this.#parts, this.#link.self, {
      type: 'shareOut',
      peer,
      session,
      after: this.#considered,
      through,
      levels: [...levels.values()].map((level) => this.#withDemand(level)),
      reservations: [...reservations],
    });
    this.#considered = through;
    return true;
  }

  #withDemand(level: LevelName): ExpectedLevel {
    return this.#planner === null ? level : { ...level, demand: this.#planner.expected(level.sku) };
  }
}

function reasonsIn(link: Link, entries: readonly LoggedEvent[]): Reasons {
  const reasons: Reasons = { levels: new Map(), reservations: new Set() };
  for (const event of entries) {
    if (!isMovement(event) || event.location !== link.location) continue;
    const { sku, location, reservationId } = event;
    if (cameIn(event)) reasons.levels.set(levelKey(sku, location), { sku, location });
    const isSold = event.type === 'confirm' && link.peerRole === 'store';
    if (isSold && reservationId !== null) reasons.reservations.add(reservationId);
  }
  return reasons;
}

/** Units that are new to be sold: not what a peer passed on, nor what a buyer gave back. */
function cameIn({ type, to, quantity }: Movement): boolean {
  if (to !== 'available' || quantity === 0) return false;
  return type !== 'accept' && type !== 'release' && type !== 'cancel' && type !== 'expire';
}
