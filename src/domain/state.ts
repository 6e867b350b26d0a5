import type { Location, Product } from './catalogue.ts';
import type { Share } from './links/share.ts';
import type { Reservation } from './reservation.ts';
import type { StockedPlace } from './sourcing/stockedPlace.ts';
import type { Level } from './stock.ts';
import type { Transfer } from './transfer.ts';

/** Units that keep a product or a location from being removed. */
export interface UnitsInUse {
  readonly onHand: number;
  readonly inTransit: number;
  readonly inUse: boolean;
}

/** What the rules may look at: the state as left by the command before. */
export interface State {
  product(sku: string): Product | undefined;
  location(location: string): Location | undefined;
  /** The level; one that was never stocked has version 0. */
  level(sku: string, location: string): Level;
  reservation(id: string): Reservation | undefined;
  /** The node that made a reservation which is known from elsewhere. */
  nodeOfReservation(id: string): string | undefined;
  transfer(id: string): Transfer | undefined;
  /** The shops' nodes that this one is the hub of; known only to a command that removes something. */
  peers(): readonly string[];
  /** The hub that writes the catalogue of this node; undefined where this node writes it itself. */
  hub(): string | undefined;
  /** Whether there is a link to another node. */
  isLinked(): boolean;
  /** What other nodes own of the level, as far as is known; looked up only where stock is short or was counted. */
  sharesOf(sku: string, location: string): readonly Share[];
  /** When the first running hold of the level ends; known only where stock is short. Milliseconds since 1970. */
  earliestReleaseAt(sku: string, location: string): number | null;
  /**
   * Where the product was ever stocked, or other nodes have some: read without locks, in one moment after what is locked
   * was locked. Known only where a line that leaves the location open is looked for everywhere; empty else.
   */
  stockedAt(sku: string): readonly StockedPlace[];
  productInUse(sku: string): UnitsInUse;
  locationInUse(location: string): UnitsInUse;
}

/** Settings that the rules depend on. */
export interface Rules {
  /** How long a hold may live in all, extensions included. */
  readonly holdLifeMaxMs: number;
}
