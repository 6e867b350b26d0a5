import type { Answer, ShortAnswer, Work } from './ledger.ts';
import { removalOf } from './needs.ts';

/** A work that was not committed yet, and who waits for it. */
export interface Pending {
  readonly work: Work;
  /** What it weighs: the rows that it may touch. */
  readonly lines: number;
  /** On the stopwatch. */
  readonly since: number;
  /** When it first met a level that another server held; null if it did not. */
  readonly parkedAt: number | null;
  readonly resolve: (answer: Answer | ShortAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Works that wait for their commit, in the order in which they came. */
export class WaitingWorks {
  #works: Pending[] = [];
  #lines = 0;

  get length(): number {
    return this.#works.length;
  }

  /** The lines of all of them. */
  get lines(): number {
    return this.#lines;
  }

  add(pending: Pending): void {
    this.#works.push(pending);
    this.#lines += pending.lines;
  }

  /** Puts works in front that were taken before. */
  putBack(works: readonly Pending[]): void {
    this.#works = [...works, ...this.#works];
    for (const { lines } of works) this.#lines += lines;
  }

  /** Takes the works of one commit: at most `linesMax` lines, but at least one work. A removal has a commit to itself. */
  take(linesMax: number): readonly Pending[] {
    let count = 0;
    let lines = 0;
    for (const { work, lines: more } of this.#works) {
      if (count > 0 && lines + more > linesMax) break;
      const alone = removalOf(work) !== null;
      if (alone && count > 0) break;
      count += 1;
      lines += more;
      if (alone) break;
    }
    const taken = this.#works.slice(0, count);
    this.#works = this.#works.slice(count);
    this.#lines -= lines;
    return taken;
  }
}
