/** What the ledger tells whoever measures it. Members must be quick and must not throw. */
export interface LedgerObserver {
  /** A commit went through. */
  committed(commit: CommitFigures): void;
  /** A command was turned away because the queue was too long. */
  shed(): void;
  /** A commit met a conflict and is tried again. */
  retried(): void;
  /** Work was dropped because its caller had gone. */
  abandoned(count: number): void;
  /** A commit failed; `error` is whatever the store threw. */
  failed(error: unknown): void;
}

/** For a ledger that nobody measures; what fails is told to whoever submitted it. */
export const NO_OBSERVER: LedgerObserver = {
  committed: () => undefined,
  shed: () => undefined,
  retried: () => undefined,
  abandoned: () => undefined,
  failed: () => undefined,
};

export interface CommitFigures {
  readonly works: number;
  readonly commands: number;
  readonly events: number;
  readonly refused: number;
  /** Holds that were given back because their time was over. */
  readonly expired: number;
  readonly durationMs: number;
  /** How long the oldest of its works had waited. */
  readonly waitedMs: number;
}
