import type { Change } from './store.ts';

/**
 * Takes changes back, newest first. Nothing is noted unless it records, for most commits never need it. Attempts may lie
 * within each other: what an inner one keeps, the outer one can still take back.
 */
export class UndoLog {
  readonly #attempts: (() => void)[][] = [];

  get recording(): boolean {
    return this.#attempts.length > 0;
  }

  record(): void {
    this.#attempts.push([]);
  }

  note(step: () => void): void {
    this.#attempts.at(-1)?.push(step);
  }

  /** Keeps what the newest attempt changed. */
  forget(): void {
    const steps = this.#attempts.pop() ?? [];
    this.#attempts.at(-1)?.push(...steps);
  }

  /** Takes back what the newest attempt changed. */
  takeBack(): void {
    const steps = this.#attempts.pop() ?? [];
    for (const step of steps.toReversed()) step();
  }
}

/** Rows as they were loaded, and over them what has changed. `undefined` stands for a row that is not there. */
export class ChangedRows<T> {
  readonly #loaded: ReadonlyMap<string, T>;
  readonly #changed = new Map<string, T | undefined>();
  readonly #undo: UndoLog;

  constructor(loaded: ReadonlyMap<string, T>, undo: UndoLog) {
    this.#loaded = loaded;
    this.#undo = undo;
  }

  get(key: string): T | undefined {
    const changed = this.#changed.get(key);
    if (changed !== undefined || this.#changed.has(key)) return changed;
    return this.#loaded.get(key);
  }

  set(key: string, row: T | undefined): void {
    if (this.#undo.recording) this.#noteBefore(key);
    this.#changed.set(key, row);
  }

  #noteBefore(key: string): void {
    const known = this.#changed.has(key);
    const before = this.#changed.get(key);
    this.#undo.note(() => {
      if (known) this.#changed.set(key, before);
      else this.#changed.delete(key);
    });
  }

  *changed(): Iterable<T> {
    for (const row of this.#changed.values()) if (row !== undefined) yield row;
  }

  changes(): ReadonlyMap<string, Change<T>> {
    const changes = new Map<string, Change<T>>();
    for (const [key, after] of this.#changed) {
      changes.set(key, { before: this.#loaded.get(key), after });
    }
    return changes;
  }
}
