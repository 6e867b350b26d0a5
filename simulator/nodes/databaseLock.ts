import type { Lifetime } from '../kernel/scheduler.ts';
import type { TurnTaker } from '../memoryStorage/turns.ts';

interface Entrant {
  readonly lifetime: Lifetime;
  begin(): void;
}

/**
 * The lock of a database that several processes have open. When a process ends, the database ends its transaction and
 * lets the next one in.
 */
export class DatabaseLock {
  #holder: Entrant | null = null;
  #waiting: Entrant[] = [];

  of(lifetime: Lifetime): TurnTaker {
    return { take: (work) => this.#take(lifetime, work) };
  }

  /** The process has ended. */
  abandon(lifetime: Lifetime): void {
    this.#waiting = this.#waiting.filter((entrant) => entrant.lifetime !== lifetime);
    if (this.#holder?.lifetime === lifetime) this.#leave(this.#holder);
  }

  #take<T>(lifetime: Lifetime, work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const entrant: Entrant = {
      lifetime,
      begin: () => {
        const turn = work();
        resolve(turn);
        const leave = () => this.#leave(entrant);
        turn.then(leave, leave);
      },
    };
    this.#waiting.push(entrant);
    this.#letIn();
    return promise;
  }

  #leave(entrant: Entrant): void {
    if (this.#holder !== entrant) return;
    this.#holder = null;
    this.#letIn();
  }

  #letIn(): void {
    if (this.#holder !== null) return;
    this.#holder = this.#waiting.shift() ?? null;
    this.#holder?.begin();
  }
}
