import { Presets, SingleBar } from 'cli-progress';
import type { Output } from './tools.ts';

/** How far long work has come. */
export interface Progress {
  /** @param total given when it was not known at the start, or has changed */
  advanceTo(value: number, total?: number): void;
  end(): void;
}

const NO_PROGRESS: Progress = { advanceTo: () => undefined, end: () => undefined };
const REDRAWS_PER_SECOND_MAX = 10;

/** A bar on a terminal, nothing elsewhere: a log file is no place for one. */
export function startProgress(output: Output, label: string, total: number): Progress {
  if (output.isTTY !== true) return NO_PROGRESS;
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}% | {eta_formatted} left`,
      stream: output,
      fps: REDRAWS_PER_SECOND_MAX,
      clearOnComplete: true,
      // What the bar would change in the terminal, it could not put right when the process is interrupted.
      hideCursor: false,
      linewrap: true,
    },
    Presets.shades_classic,
  );
  bar.start(Math.max(total, 1), 0);
  return {
    advanceTo(value, newTotal) {
      if (newTotal !== undefined) bar.setTotal(Math.max(newTotal, 1));
      bar.update(value);
    },
    end: () => bar.stop(),
  };
}
