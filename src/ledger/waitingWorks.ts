import type { Answer, ShortAnswer, UnlocatedAnswer, Work } from './ledger.ts';
import { removalOf } from './needs.ts';
import { isCarried } from './weight.ts';

/** What the queue answers a work with. */
export type QueueAnswer = Answer | ShortAnswer | UnlocatedAnswer;

/** A work that was not committed yet, and who waits for it. */
export interface Pending {
  readonly work: Work;
  /** What it weighs: the rows that it may touch. */
  readonly lines: number;
  /** On the stopwatch. */
  readonly since: number;
  /** When it first met a level that another server held; null if it did not. */
  readonly parkedAt: number | null;
  readonly resolve: (answer: QueueAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** The part of a commit that what links carry may take while others wait too. */
const CARRIED_PART = 1 / 4;

/**
 * Works that wait for their commit, in the order in which they came, in two lanes: a hub whose shops have been offline
 * gets a day of their logs at once, and its buyers must not wait behind that.
 */
export class WaitingWorks {
  readonly #asked = new Lane();
  readonly #carried = new Lane();

  get length(): number {
    return this.#asked.length + this.#carried.length;
  }

  /** What comes before a work that comes now, in lines: what was asked, and what links carry beside it. */
  linesAhead(linesMax: number): number {
    const asked = this.#asked.lines;
    const beside = CARRIED_PART * (asked / (1 - CARRIED_PART) + linesMax);
    return asked + Math.min(this.#carried.lines, beside);
  }

  add(pending: Pending): void {
    this.#laneOf(pending).add(pending);
  }

  /** Puts works in front that were taken before. */
  putBack(works: readonly Pending[]): void {
    for (const lane of [this.#asked, this.#carried]) {
      lane.putBack(works.filter((pending) => this.#laneOf(pending) === lane));
    }
  }

  /**
   * Takes the works of one commit: about `linesMax` lines at most, but at least one work of each lane. A removal has a
   * commit to itself.
   */
  take(linesMax: number): readonly Pending[] {
    const asked = this.#asked.take(
      Math.max(linesMax - this.#carried.lines, this.#askedMax(linesMax)),
    );
    const [first] = asked.works;
    if (first !== undefined && removalOf(first.work) !== null) return asked.works;
    const left = linesMax - asked.lines;
    return [...asked.works, ...this.#carried.take(left).works];
  }

  #askedMax(linesMax: number): number {
    return Math.ceil((1 - CARRIED_PART) * linesMax);
  }

  #laneOf({ work }: Pending): Lane {
    return isCarried(work) ? this.#carried : this.#asked;
  }
}

interface Taken {
  readonly works: readonly Pending[];
  readonly lines: number;
}

class Lane {
  #works: Pending[] = [];
  #lines = 0;

  get length(): number {
    return this.#works.length;
  }

  get lines(): number {
    return this.#lines;
  }

  add(pending: Pending): void {
    this.#works.push(pending);
    this.#lines += pending.lines;
  }

  putBack(works: readonly Pending[]): void {
    this.#works = [...works, ...this.#works];
    for (const { lines } of works) this.#lines += lines;
  }

  take(linesMax: number): Taken {
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
    const works = this.#works.slice(0, count);
    this.#works = this.#works.slice(count);
    this.#lines -= lines;
    return { works, lines };
  }
}
