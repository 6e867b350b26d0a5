import type { Lifetime } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';

type Listener = (position: number) => void;

/** What it takes a database to tell other processes of a commit, on the average, in milliseconds. */
const NEWS_MS = 1;

/** What the processes of one database hear of each other's commits: a hint, which may get lost. */
export class Announcements {
  readonly #listeners = new Map<Lifetime, Set<Listener>>();

  /** @returns how to stop it */
  listen(lifetime: Lifetime, listener: Listener): () => void {
    const own = this.#listeners.get(lifetime) ?? new Set();
    this.#listeners.set(lifetime, own.add(listener));
    return () => own.delete(listener);
  }

  /** @param loss how often nobody is told, 0 to 1 */
  announce(from: Lifetime, position: number, random: SeededRandom, loss: number): void {
    for (const [lifetime, listeners] of this.#listeners) {
      if (lifetime.isOver) this.#listeners.delete(lifetime);
      if (lifetime === from || lifetime.isOver || random.chance(loss)) continue;
      lifetime.after(random.around(NEWS_MS), () => {
        for (const listener of listeners) listener(position);
      });
    }
  }
}
