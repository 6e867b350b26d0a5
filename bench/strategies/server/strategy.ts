import type { Abandonment } from '../../../src/ledger/ledger.ts';

/** An order as a strategy gets it: read, checked, and in the numbers of stock levels. */
export interface Order {
  readonly id: string;
  /** No level twice, sorted by level: the order in which locks are taken. */
  readonly lines: readonly OrderLine[];
  readonly ttlSeconds: number;
  readonly actor: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly expiresAt: number;
  /** By `performance.now()`: it is to be given up after that. */
  readonly deadline: number;
  /** Aborted when the caller has gone. */
  readonly signal?: Abandonment | undefined;
}

export interface OrderLine {
  readonly level: number;
  readonly quantity: number;
}

/** What a level has too little of. */
export interface Missing {
  readonly level: number;
  readonly available: number;
}

/** One of the known answers to the question of how to sell each unit once. */
export interface Strategy {
  /**
   * Holds all lines of an order or none, and writes the reservation, its holds and its history in the same
   * transaction, durably.
   * @returns the lines that there is too little of; none where the order is held
   * @throws {StoreConflictError} when it gave up; nothing was done
   */
  hold(order: Order): Promise<readonly Missing[]>;
  close(): Promise<void>;
}

export interface StrategyParts {
  /** Such as `postgres://postgres@127.0.0.1:5432/bench`. */
  readonly database: string;
  /** Connections to the database. */
  readonly poolSize: number;
  /** Such as `redis://127.0.0.1:6379`; for who needs one. */
  readonly redis?: string;
  /** How often an attempt that met a conflict is made again; without end, until the deadline, unless given. */
  readonly retriesMax?: number;
  /** Called for each attempt that is made again. */
  readonly onRetry: () => void;
}
