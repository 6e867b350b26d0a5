import type { LoggedEvent, Movement } from '../../src/domain/events.ts';
import { isMovement } from '../../src/domain/events.ts';
import { type Balances, levelKey, onHand } from '../../src/domain/stock.ts';
import type { Disk } from '../nodes/disk.ts';
import { check } from './violation.ts';

interface FollowedLevel {
  readonly balances: Balances;
  readonly version: number;
}

const EMPTY: FollowedLevel = {
  balances: { available: 0, reserved: 0, committed: 0, unavailable: 0 },
  version: 0,
};

const ACCOUNTS = ['available', 'reserved', 'committed', 'unavailable'] as const;

/** The log of one node, read event by event as it grows, and checked against itself. */
export class FollowedLog {
  readonly node: string;
  readonly #disk: Disk;
  #seen = 0;
  #time = 0;
  #levels = new Map<string, FollowedLevel>();
  /** Locations where nothing may be promised. */
  #fences = new Set<string>();

  constructor(node: string, disk: Disk) {
    this.node = node;
    this.#disk = disk;
  }

  get hasNews(): boolean {
    return this.#disk.tables.events.length > this.#seen;
  }

  onHand(sku: string, location: string): number {
    return onHand((this.#levels.get(levelKey(sku, location)) ?? EMPTY).balances);
  }

  available(sku: string, location: string): number {
    return (this.#levels.get(levelKey(sku, location)) ?? EMPTY).balances.available;
  }

  isFenced(location: string): boolean {
    return this.#fences.has(location);
  }

  /** Reads what is new. `each` is called with every event, and the balances of its level before it. */
  read(each: (event: LoggedEvent, before: Balances) => void): void {
    const { events } = this.#disk.tables;
    for (let next = events[this.#seen]; next !== undefined; next = events[this.#seen]) {
      this.#seen += 1;
      this.#checkPlace(next);
      const before = this.#before(next);
      each(next, before);
      this.#take(next);
    }
  }

  /** The database was replaced by an older one: reads it from the beginning. */
  reset(): void {
    this.#seen = 0;
    this.#time = 0;
    this.#levels = new Map();
    this.#fences = new Set();
    this.read(() => undefined);
  }

  #checkPlace({ position, time }: LoggedEvent): void {
    const { node } = this;
    check(position === this.#seen, () => `${node}: position ${position} is the ${this.#seen}th`);
    check(time >= this.#time, () => `${node}: time goes back at position ${position}`);
  }

  #before({ sku, location }: LoggedEvent): Balances {
    return (this.#levels.get(levelKey(sku ?? '', location ?? '')) ?? EMPTY).balances;
  }

  #take(event: LoggedEvent): void {
    this.#time = event.time;
    if (isMovement(event)) this.#move(event);
    const { type, location } = event;
    if (location === null) return;
    if (type === 'node_fenced') this.#fences.add(location);
    if (type === 'node_cleared') this.#fences.delete(location);
  }

  #move(event: LoggedEvent & Movement): void {
    const { sku, location, position, quantity, from, to, balances, version } = event;
    const key = levelKey(sku, location);
    const before = this.#levels.get(key) ?? EMPTY;
    const isRight = ACCOUNTS.every((account) => {
      const change = (to === account ? quantity : 0) - (from === account ? quantity : 0);
      return balances[account] === before.balances[account] + change;
    });
    const { node } = this;
    check(isRight, () => `${node}: the balances at position ${position} do not follow`);
    check(
      version === before.version + 1,
      () => `${node}: the version at ${position} does not follow`,
    );
    this.#levels.set(key, { balances, version });
  }
}
