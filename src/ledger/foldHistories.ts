import type { LoggedEvent } from '../domain/events.ts';
import { InvariantError } from '../domain/invariant.ts';
import type { FindingCode, Findings } from './findings.ts';

/** A row as the log tells it, with the position of the newest event that made it so. */
export interface Folded<T> {
  readonly row: T;
  readonly position: number;
}

/** What the fold of one kind of record needs to know about it. */
export interface HistoryKind<T> {
  readonly name: string;
  evolve(before: T | undefined, events: readonly LoggedEvent[], time: number): T;
  /** Whether events may still follow. */
  isOpen(row: T): boolean;
}

/**
 * Records that live through several events: reservations or transfers. They follow when a moment (all events of one
 * time) is over, for only then is it certain that no event of the same command is still to come. Ended ones are
 * handed over and forgotten.
 */
export class Histories<T> {
  readonly open = new Map<string, Folded<T>>();
  /** How many ever began. */
  begun = 0;
  readonly #kind: HistoryKind<T>;
  readonly #findings: Findings;
  readonly #moment = new Map<string, LoggedEvent[]>();
  #ended: Folded<T>[] = [];

  constructor(kind: HistoryKind<T>, findings: Findings) {
    this.#kind = kind;
    this.#findings = findings;
  }

  /** Whether the record is open, as far as the events up to now tell. */
  has(id: string): boolean {
    return this.open.has(id) || this.#moment.has(id);
  }

  add(id: string, event: LoggedEvent): void {
    const events = this.#moment.get(id);
    if (events) events.push(event);
    else this.#moment.set(id, [event]);
  }

  endMoment(): void {
    for (const [id, events] of this.#moment) this.#evolve(id, events);
    this.#moment.clear();
  }

  takeEnded(): readonly Folded<T>[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #evolve(id: string, events: readonly LoggedEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const { position, time } = last;
    const before = this.open.get(id)?.row;
    const row = guard(
      this.#findings,
      'history_impossible',
      position,
      () => `${this.#kind.name} ${id}`,
      () => this.#kind.evolve(before, events, time),
    );
    if (row === undefined) return;
    if (before === undefined) this.begun++;
    if (this.#kind.isOpen(row)) {
      this.open.set(id, { row, position });
      return;
    }
    this.open.delete(id);
    this.#ended.push({ row, position });
  }
}

/**
 * What the rules forbid, and what is not of the shape that events have, cannot be in a sound log; here it is a finding
 * and not a defect of the program.
 */
export function guard<T>(
  findings: Findings,
  code: FindingCode,
  position: number,
  subjectOf: () => string,
  work: () => T,
): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvariantError || error instanceof TypeError)) throw error;
    findings.add(code, position, subjectOf(), 'what the rules allow', error.message);
    return undefined;
  }
}
