import { levelKey } from '../domain/stock.ts';
import type { Timers } from '../ledger/ports.ts';

interface Waiting {
  readonly levels: Set<string>;
  settle(answered: boolean): void;
}

/** Where a level of an answer is. */
export interface AnsweredLevel {
  readonly sku: string | null;
  readonly location: string | null;
}

/** Requests to peers that somebody here waits for, by peer and request. */
export class Requests {
  readonly #timers: Timers;
  readonly #waiting = new Map<string, Waiting>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Settles when the peer has answered for all levels (true), or after `waitMs` (false). */
  wait(
    peer: string,
    request: string,
    levels: readonly { readonly sku: string; readonly location: string }[],
    waitMs: number,
  ): Promise<boolean> {
    const key = keyOf(peer, request);
    return new Promise((resolve) => {
      const timer = this.#timers.after(waitMs, () => settle(false));
      const settle = (answered: boolean) => {
        timer.cancel();
        this.#waiting.delete(key);
        resolve(answered);
      };
      const open = new Set(levels.map(({ sku, location }) => levelKey(sku, location)));
      this.#waiting.set(key, { levels: open, settle });
    });
  }

  /** A grant was taken in, or a refusal has come; told twice, the second time changes nothing. */
  answered(peer: string, request: string, { sku, location }: AnsweredLevel): void {
    const waiting = this.#waiting.get(keyOf(peer, request));
    if (!waiting || sku === null || location === null) return;
    waiting.levels.delete(levelKey(sku, location));
    if (waiting.levels.size === 0) waiting.settle(true);
  }
}

function keyOf(peer: string, request: string): string {
  return `${peer}\u0000${request}`;
}
