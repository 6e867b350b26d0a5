import type { LoggedEvent } from '../../src/domain/events.ts';
import { check } from './violation.ts';

/** What a hold was promised. */
interface Promised {
  /** Virtual time at which it was made, or made to last longer. */
  readonly at: number;
  readonly ttlMs: number;
  /** How often processes of its node had been started by then. */
  readonly starts: number;
}

/** What the check goes by: the time that has really passed, and how often processes of a node were started. */
export interface TrueTime {
  now(): number;
  starts(node: string): number;
  /** For how long nothing has come over the wire of a shop's node; 0 for the hub. */
  unheardMs(node: string): number;
}

/** A clock that runs at most a fifth too fast and catches up at twice the speed of time leaves this part of a hold. */
const PART_MIN = 0.4;

/** Small steps of a clock are followed at once; so many of them may come together. */
const STEPS_MS = 15_000;

/** No hold ends long before its time, whatever the clock of its node does while the node runs. */
export class HoldTimes {
  readonly #time: TrueTime;
  readonly #promised = new Map<string, Promised>();

  constructor(time: TrueTime) {
    this.#time = time;
  }

  take(node: string, { type, reservationId, details }: LoggedEvent): void {
    const key = `${node}\u0000${reservationId}`;
    // What is put back had begun long before.
    const isNew = type === 'reserve' && details?.replayOf === undefined;
    if (isNew && details?.ttlSeconds !== undefined) {
      const [at, starts] = [this.#time.now(), this.#time.starts(node)];
      this.#promised.set(key, { at, ttlMs: details.ttlSeconds * 1_000, starts });
    }
    if (type === 'expire') this.#checkEnd(node, key);
  }

  #checkEnd(node: string, key: string): void {
    const promised = this.#promised.get(key);
    if (!promised || promised.starts !== this.#time.starts(node)) return;
    const { at, ttlMs } = promised;
    const livedMs = this.#time.now() - at;
    check(
      livedMs >= ttlMs * PART_MIN - STEPS_MS,
      () => `${node}: a hold of ${ttlMs} ms ended after ${livedMs.toFixed(0)} ms`,
    );
  }
}
