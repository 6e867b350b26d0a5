import { Counter, Histogram, type Registry } from 'prom-client';
import type { CommitFigures, LedgerObserver } from '../ledger/observer.ts';

const COMMANDS_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];
const SECONDS_BUCKETS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Measures the write side. @param failed told of each error that made a commit fail */
export function createLedgerMetrics(
  registry: Registry,
  failed: (error: unknown) => void,
): LedgerObserver {
  const count = (name: string, help: string) =>
    new Counter({ name: `holdfast_${name}_total`, help, registers: [registry] });
  const spread = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `holdfast_${name}`, help, buckets, registers: [registry] });

  const commits = count('commits', 'Commits that went through');
  const commands = count('commands', 'Commands that were decided');
  const refused = count('refused_commands', 'Commands that the rules turned down');
  const events = count('events', 'Events that were written to the log');
  const expired = count('expired_holds', 'Holds that were given back because their time was over');
  const shed = count('shed', 'Requests that were turned away because the queue was too long');
  const retries = count('commit_retries', 'Commits that met a conflict and were tried again');
  const abandoned = count('abandoned', 'Requests that were dropped because their caller had gone');
  const failures = count('commit_failures', 'Commits that failed');
  const perCommit = spread('commit_size_commands', 'Commands in one commit', COMMANDS_BUCKETS);
  const duration = spread('commit_duration_seconds', 'Time that a commit takes', SECONDS_BUCKETS);
  const waited = spread(
    'commit_wait_seconds',
    'Time that the oldest request of a commit had waited',
    SECONDS_BUCKETS,
  );
  return {
    committed(figures: CommitFigures) {
      commits.inc();
      commands.inc(figures.commands);
      refused.inc(figures.refused);
      events.inc(figures.events);
      expired.inc(figures.expired);
      perCommit.observe(figures.commands);
      duration.observe(figures.durationMs / 1_000);
      waited.observe(figures.waitedMs / 1_000);
    },
    shed: () => shed.inc(),
    retried: () => retries.inc(),
    abandoned: (dropped) => abandoned.inc(dropped),
    failed(error) {
      failures.inc();
      failed(error);
    },
  };
}
