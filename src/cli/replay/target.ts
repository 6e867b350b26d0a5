import type { LocationContent, ProductContent } from '../../domain/catalogue.ts';
import type { Command } from '../../domain/commands.ts';

/** A ledger that the file is played into: one that this process opened, or a running server. */
export interface ReplayTarget {
  /** The location's content, or undefined where it is unknown. */
  location(location: string): Promise<KnownLocation | undefined>;
  /** @param time of the first thing that is going to be played there, milliseconds since 1970 */
  putLocation(location: string, content: LocationContent, time: number): Promise<void>;
  /** SKUs of the catalogue. */
  productCodes(): Promise<Set<string>>;
  putProducts(products: readonly NamedProduct[]): Promise<void>;

  /** What was received, given back and adjusted at the location so far, as the log has it. */
  movements(location: string): AsyncIterable<BookedMovement>;
  /** Units handed over for a reservation and how many lines it has; undefined where there is none, or it is not done. */
  fulfilled(reservationId: string): Promise<Booked | undefined>;
  /** Units on hand at the location now, by SKU. */
  stock(location: string): Promise<Map<string, number>>;

  /**
   * Plays commands in this order; answers, in the same order, when they are durable.
   * @param time when it happened, milliseconds since 1970; never before that of the call before
   */
  play(commands: readonly Command[], time: number): Promise<readonly PlayResult[]>;

  /** How much one call of `play` should carry. */
  readonly load: LoadLimits;
}

export interface KnownLocation {
  readonly attributes: { readonly [name: string]: unknown } | null;
}

export interface LoadLimits {
  readonly commandsMax: number;
  /** Lines of all commands; one command alone may have more. */
  readonly linesMax: number;
  /** Whether all commands of one call must have happened at one time. */
  readonly oneTime: boolean;
}

export interface NamedProduct {
  readonly sku: string;
  readonly content: ProductContent;
}

export interface BookedMovement {
  readonly reference: string;
  readonly units: number;
}

export interface Booked {
  readonly lines: number;
  readonly units: number;
}

/** What came of a command: what it moved (of a reservation: what is handed over), or why not. */
export type PlayResult =
  | ({ readonly kind: 'booked' } & Booked)
  | { readonly kind: 'refused'; readonly code: string };
