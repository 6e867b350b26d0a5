import { percentile } from '../statistics.ts';

export interface LoopResult {
  readonly done: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Keeps `inFlight` calls under way for this long: each caller makes its next call when it has its answer. */
export async function runClosedLoop(
  call: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
): Promise<LoopResult> {
  const times: number[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1_000;
  const caller = async (): Promise<void> => {
    for (let calledAt = startedAt; calledAt < endAt; ) {
      await call();
      const answeredAt = performance.now();
      times.push(answeredAt - calledAt);
      calledAt = answeredAt;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return summarize(times, performance.now() - startedAt);
}

function summarize(times: readonly number[], durationMs: number): LoopResult {
  const sorted = Float64Array.from(times).sort();
  return {
    done: sorted.length,
    seconds: durationMs / 1_000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}
