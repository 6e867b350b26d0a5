import { median } from './statistics.ts';

/** What one run of one target showed. Rates are per second of wall time. */
export interface Measurement {
  readonly requestsPerS: number;
  readonly commandsPerS: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly commitsPerS: number | null;
  readonly commandsPerCommit: number | null;
  /** Cores that the server kept busy. */
  readonly cpuCores: number;
  readonly cpuUsPerRequest: number;
  readonly failures: number;
}

/** Something that is run beside others, in turns, so that what else the machine does falls on all of them. */
export interface Target {
  readonly label: string;
  readonly role: Role;
  run(seconds: number): Promise<Measurement>;
}

/** What a target is to its row: the ledger itself, or one of the things that it is compared with. */
export type Role = 'ledger' | 'like' | 'bare' | 'other';

export interface RowOfFigures {
  readonly label: string;
  readonly figures: Measurement;
  /** Throughput over that of the like empty request and of the bare one; null for what has none. */
  readonly ofLike: number | null;
  readonly ofBare: number | null;
}

export interface Turns {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** Runs the targets in turns; each figure is the median of its rounds, each ratio that of the ratios within a round. */
export async function compare(targets: readonly Target[], turns: Turns): Promise<RowOfFigures[]> {
  if (turns.warmUpSeconds > 0) {
    for (const target of targets) await target.run(turns.warmUpSeconds);
  }
  const rounds: Map<Target, Measurement>[] = [];
  for (let round = 0; round < turns.rounds; round++) rounds.push(await runRound(targets, turns));
  return targets.map((target) => summarize(target, targets, rounds));
}

async function runRound(
  targets: readonly Target[],
  { seconds }: Turns,
): Promise<Map<Target, Measurement>> {
  const round = new Map<Target, Measurement>();
  for (const target of targets) round.set(target, await target.run(seconds));
  return round;
}

function summarize(
  target: Target,
  targets: readonly Target[],
  rounds: readonly ReadonlyMap<Target, Measurement>[],
): RowOfFigures {
  const own = rounds.flatMap((round) => round.get(target) ?? []);
  const ratioTo = (role: Role): number | null => {
    const other = targets.find((candidate) => candidate.role === role);
    if (other === undefined || other === target || target.role === 'bare') return null;
    return medianRatio(target, other, rounds);
  };
  return {
    label: target.label,
    figures: medians(own),
    ofLike: ratioTo('like'),
    ofBare: ratioTo('bare'),
  };
}

function medianRatio(
  target: Target,
  other: Target,
  rounds: readonly ReadonlyMap<Target, Measurement>[],
): number {
  const rate = (measured: Measurement | undefined) => measured?.requestsPerS ?? Number.NaN;
  return median(rounds.map((round) => rate(round.get(target)) / rate(round.get(other))));
}

function medians(runs: readonly Measurement[]): Measurement {
  const of = (pick: (run: Measurement) => number) => median(runs.map(pick));
  const ofSome = (pick: (run: Measurement) => number | null) => {
    const values = runs.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    requestsPerS: of((run) => run.requestsPerS),
    commandsPerS: ofSome((run) => run.commandsPerS),
    p50Ms: ofSome((run) => run.p50Ms),
    p99Ms: ofSome((run) => run.p99Ms),
    commitsPerS: ofSome((run) => run.commitsPerS),
    commandsPerCommit: ofSome((run) => run.commandsPerCommit),
    cpuCores: of((run) => run.cpuCores),
    cpuUsPerRequest: of((run) => run.cpuUsPerRequest),
    failures: runs.reduce((sum, run) => sum + run.failures, 0),
  };
}
