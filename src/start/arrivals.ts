import type { EventEmitter } from 'node:events';
import type { Stopwatch } from '../ledger/ports.ts';

/** How long something that is to happen soon is put off at most while connections go on arriving. */
const ARRIVING_MAX_MS = 50;

/**
 * Tells when what has arrived was taken in.
 *
 * Node takes up one new connection in each round of its loop, however many wait. With a commit in each of those rounds,
 * a thousand buyers who come at once would wait for a thousand commits, and for all the others to be served again and
 * again meanwhile. So as long as rounds bring new connections, what is to happen soon waits for the next round.
 */
export class Arrivals {
  readonly #stopwatch: Stopwatch;
  #connected = false;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
  }

  /** @param server emits `connection`, as those of Node do */
  watch(server: EventEmitter): void {
    server.on('connection', () => {
      this.#connected = true;
    });
  }

  soon(action: () => void): void {
    this.#look(action, this.#stopwatch.elapsed());
  }

  #look(action: () => void, since: number): void {
    setImmediate(() => {
      const arriving = this.#connected && this.#stopwatch.elapsed() - since < ARRIVING_MAX_MS;
      this.#connected = false;
      if (arriving) this.#look(action, since);
      else action();
    });
  }
}
