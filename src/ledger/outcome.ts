import type { Location, Product } from '../domain/catalogue.ts';
import type { LedgerEvent, LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { Refusal } from '../domain/refusals.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Transfer } from '../domain/transfer.ts';

/** What came of one command: what it made or changed, or why not. */
export type Outcome =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** In a batch: the command's own idempotency key was used before for something else. */
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'movement'; readonly event: LoggedEvent }
  | { readonly kind: 'reservation'; readonly reservation: Reservation; readonly created: boolean }
  | { readonly kind: 'transfer'; readonly transfer: Transfer; readonly created: boolean }
  | { readonly kind: 'product'; readonly product: Product; readonly created: boolean }
  | { readonly kind: 'location'; readonly location: Location; readonly created: boolean }
  | { readonly kind: 'removed' }
  /** It goes when these nodes have said that they have none of it. */
  | { readonly kind: 'removing'; readonly waitsFor: readonly string[] }
  /** The link after a command of it; null for one that concerns several. */
  | { readonly kind: 'link'; readonly link: Link | null };

/**
 * An outcome as decided, before its commit has position and time: times may be `THIS_COMMIT`, and a movement's event
 * is the `index`-th of its commit. One that repeats an earlier commit's outcome has that one's position and times.
 */
export type DecidedOutcome =
  | Outcome
  | { readonly kind: 'movement'; readonly event: LedgerEvent; readonly index: number };

/**
 * The outcomes of one unit of work as an idempotency record keeps them. A reservation's reference and metadata are
 * left out, for they can be erased while the record is kept; a repeated answer takes them from the reservation.
 */
export interface KeptOutcome {
  /** Whether the unit was turned down as a whole (an atomic batch), with the command that was refused. */
  readonly refusedAt: number | null;
  readonly outcomes: readonly DecidedOutcome[];
}
