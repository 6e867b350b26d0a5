import type { LedgerObserver } from '../../src/ledger/observer.ts';

/** Counts commits and commands beside what another observer does with them. */
export class CommitCounter implements LedgerObserver {
  commits = 0;
  commands = 0;
  refused = 0;
  #inner: LedgerObserver | null;

  constructor(inner: LedgerObserver | null = null) {
    this.#inner = inner;
  }

  committed(commit: Parameters<LedgerObserver['committed']>[0]): void {
    this.commits += 1;
    this.commands += commit.commands;
    this.refused += commit.refused;
    this.#inner?.committed(commit);
  }

  shed(): void {
    this.#inner?.shed();
  }

  retried(): void {
    this.#inner?.retried();
  }

  abandoned(count: number): void {
    this.#inner?.abandoned(count);
  }

  failed(error: unknown): void {
    if (this.#inner === null) throw error;
    this.#inner.failed(error);
  }
}
