/** Tells the time of day. Real in `main.ts`, virtual in tests and in the simulator. */
export interface Clock {
  /** Milliseconds since 1970. May jump; the ledger guards itself (see `steadyClock.ts`). */
  now(): number;
}

/** Measures durations; never goes back. */
export interface Stopwatch {
  /** Milliseconds since some fixed moment. */
  elapsed(): number;
}

/** A timer that was set. */
export interface Timer {
  cancel(): void;
}

export interface Timers {
  /** Calls `action` once, `ms` from now, unless it is cancelled before. The process stays alive for it. */
  after(ms: number, action: () => void): Timer;
  /** Calls `action` when all has been done that can be done without waiting. */
  next(action: () => void): void;
  /** Calls `action` as soon as what has already arrived was taken in: the moment at which a queue looks at its work. */
  soon(action: () => void): void;
}

export interface Randomness {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
}
