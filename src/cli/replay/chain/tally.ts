import { isMovement, type LoggedEvent } from '../../../domain/events.ts';
import { type Figures, zero } from '../totals.ts';

/** What came of a plan under one policy. */
export class ChainTally {
  readonly delivered = zero();
  /** Baskets that somebody came with, and those of which all, a part, or nothing was sold. */
  readonly baskets = { wanted: 0, whole: 0, part: 0, none: 0 };
  readonly wanted = zero();
  /** Of these: while the line of the shop was cut. */
  readonly wantedWhileCut = zero();
  readonly sold: { readonly [C in Counter]: Figures } = { store: zero(), online: zero() };
  readonly pickedUp = zero();
  /** Orders that were not known in the shop yet when the buyer came for them. */
  pickUpsDelayed = 0;
  /** The units were not there at all. */
  readonly trulyRefused = zero();
  /** They were there, and owned by the other end; by whether the line was whole, and, once more, by where they were asked for. */
  readonly falselyRefused: { readonly [S in LineState]: Figures } = { whole: zero(), cut: zero() };
  readonly falselyRefusedAt: { readonly [C in Counter]: Figures } = {
    store: zero(),
    online: zero(),
  };
  /** Lines of buyers whom an end asked the other for units for, and units that came for them. */
  readonly borrowed = zero();
  /** Units that moved to where they are to be at rest. */
  readonly movedAtRest = zero();
  cuts = 0;
  /** What should not happen, the first of each kind. */
  readonly faults = new Map<string, number>();

  noteFault(error: unknown): void {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.faults.set(text, (this.faults.get(text) ?? 0) + 1);
  }

  /** Counts what a node has passed to its peer. */
  takeEvents(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (event.type !== 'grant' || !isMovement(event) || event.from !== 'available') continue;
      const figures = event.details?.request === undefined ? this.movedAtRest : this.borrowed;
      figures.lines += 1;
      figures.units += event.quantity;
    }
  }
}

type LineState = 'whole' | 'cut';

/** Where somebody buys. */
export type Counter = 'store' | 'online';
