import { isMovement, type LoggedEvent, type Movement } from '../../src/domain/events.ts';
import { isOfNewUnits } from '../../src/domain/links/reasons.ts';
import { levelKey } from '../../src/domain/stock.ts';
import { check } from './violation.ts';

/** So often units of a level may be moved at rest while nothing else happens to it: there, and once more to put it right. */
const MOVES_MAX = 4;

/** Whoever has heard nothing for so long knows that nobody hears it: five seconds, by a slow clock, and slow commits. */
const UNHEARD_MS_MAX = 15_000;

/** Moves of units at rest, whoever asks for them: that they are few, and go to somebody who is there. */
export class PlannedMoves {
  readonly #unheardMs: (node: string) => number;
  /** By level: moves since something else happened to it. */
  readonly #moves = new Map<string, number>();

  /** @param unheardMs for how long nothing has come to a shop's node; 0 for the hub's, which hears many */
  constructor(unheardMs: (node: string) => number) {
    this.#unheardMs = unheardMs;
  }

  /** Plans may be others from now on. */
  forget(): void {
    this.#moves.clear();
  }

  take(node: string, event: LoggedEvent): void {
    const { sku, location, details } = event;
    if (sku === null || location === null) {
      if (!isMovement(event)) this.forget();
      return;
    }
    const key = levelKey(sku, location);
    const { reason, peer } = details ?? {};
    const isPlanned = reason !== undefined && peer !== undefined && !isOfNewUnits(reason);
    if (!isPlanned) {
      if (isMovement(event) ? changesAvailable(event) : event.type === 'want')
        this.#moves.delete(key);
    } else if (event.type === 'grant' && details?.replayOf === undefined) {
      this.#moved(node, key, event);
    }
  }

  #moved(node: string, key: string, { sku, location, position }: LoggedEvent): void {
    const moves = (this.#moves.get(key) ?? 0) + 1;
    this.#moves.set(key, moves);
    check(
      moves <= MOVES_MAX,
      () => `${sku} at ${location} was moved ${moves} times, and nothing else has happened to it`,
    );
    const unheardMs = this.#unheardMs(node);
    check(
      unheardMs <= UNHEARD_MS_MAX,
      () => `${node}: units are sent away at ${position}, and nobody was heard for ${unheardMs} ms`,
    );
  }
}

function changesAvailable({ from, to }: Movement): boolean {
  return from === 'available' || to === 'available';
}
