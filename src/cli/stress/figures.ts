import type { Experiment, Findings } from './experiment.ts';

export interface Figures {
  /** Buyers who were told that they hold a unit. */
  readonly sold: number;
  /** Units left of those that there were. */
  readonly unsold: number;
  /** Units promised beyond those that there were, by what buyers were told or by what the ledger holds. */
  readonly oversold: number;
  /** Buyers who were told that there is nothing left. */
  readonly refused: number;
  /** Buyers without a final answer. */
  readonly failed: number;
  /** How often a buyer asked again, for want of an answer or because the server was too busy. */
  readonly repeats: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Whether exactly min(buyers, units) were sold, and the ledger holds as many. */
  readonly isRight: boolean;
  /** Different faults, each once. */
  readonly faults: readonly string[];
}

export function figuresOf({ units }: Experiment, { buyers, durationMs, stock }: Findings): Figures {
  const count = (end: string) => buyers.filter((buyer) => buyer.end === end).length;
  const sold = count('sold');
  const latencies = buyers.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const faults = new Set(buyers.flatMap(({ fault }) => fault ?? []));
  return {
    sold,
    unsold: Math.max(units - sold, 0),
    oversold: Math.max(sold - units, stock.reserved - units, -stock.available, 0),
    refused: count('refused'),
    failed: count('failed'),
    repeats: buyers.reduce((sum, buyer) => sum + buyer.repeats, 0),
    perSecond: buyers.length / (durationMs / 1_000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    isRight: sold === Math.min(buyers.length, units) && stock.reserved === sold,
    faults: [...faults],
  };
}

/** The smallest value that a share of all values does not exceed. @param sorted ascending */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0;
}
