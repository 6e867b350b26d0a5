import type { Clock, Stopwatch } from './ports.ts';

/** A step ahead of the stopwatch that is taken for ordinary correction, not for a jump. */
const STEP_MAX_MS = 5_000;

/** While the clock is ahead after a jump, time runs at most this much faster than the stopwatch. */
const CATCH_UP_RATE = 2;

/** While the clock is behind, time runs this much as fast as the stopwatch: it must not go back, nor stand still. */
const WAITING_RATE = 0.5;

export interface SteadyClock extends Clock {
  /** Says that the log is at `time` already: from there time goes on, slowly while the clock is behind. */
  startFrom(time: number): void;
}

/**
 * A clock that does not follow jumps at once, and never goes back. A wrong clock (2099, and back a minute later) would
 * otherwise end all holds at a stroke; a right one (the machine slept) is caught up with at twice the speed of time.
 * One that was set back is waited for at half the speed: if time stood still, no hold would end meanwhile.
 *
 * @param onJump called with the milliseconds of each jump ahead, once per jump
 */
export function steadyClock(
  clock: Clock,
  stopwatch: Stopwatch,
  onJump: (aheadMs: number) => void,
): SteadyClock {
  let time = clock.now();
  let readAt = stopwatch.elapsed();
  let catchingUp = false;
  const ahead = (wall: number, passedMs: number): number => {
    const aheadMs = wall - (time + passedMs);
    if (!catchingUp && aheadMs > STEP_MAX_MS) {
      catchingUp = true;
      onJump(aheadMs);
    }
    return catchingUp ? Math.min(wall, time + passedMs * CATCH_UP_RATE) : wall;
  };
  return {
    now() {
      const wall = clock.now();
      const elapsedAt = stopwatch.elapsed();
      const passedMs = elapsedAt - readAt;
      readAt = elapsedAt;
      const isBehind = wall < time + passedMs;
      time = isBehind ? Math.max(wall, time + passedMs * WAITING_RATE) : ahead(wall, passedMs);
      if (time >= wall) catchingUp = false;
      return Math.floor(time);
    },
    startFrom(logTime) {
      time = Math.max(time, logTime);
    },
  };
}
