import type { Clock, Stopwatch } from './ports.ts';

/** A step of the clock against the stopwatch that is taken for ordinary correction, not for a jump. */
const STEP_MAX_MS = 5_000;

/** While the clock is ahead after a jump, time runs at most this much faster than the stopwatch. */
const CATCH_UP_RATE = 2;

/**
 * A clock that does not follow jumps far ahead at once. A wrong clock (2099, and back a minute later) would otherwise
 * end all holds at a stroke; a right one (the machine slept) is caught up with at twice the speed of time. Jumps
 * back need no care here: the ledger's time never runs backward, it waits at the head of the log.
 *
 * @param onJump called with the milliseconds of each jump ahead, once per jump
 */
export function steadyClock(
  clock: Clock,
  stopwatch: Stopwatch,
  onJump: (aheadMs: number) => void,
): Clock {
  let time = clock.now();
  let readAt = stopwatch.elapsed();
  let catchingUp = false;
  return {
    now() {
      const wall = clock.now();
      const elapsedAt = stopwatch.elapsed();
      const passedMs = elapsedAt - readAt;
      readAt = elapsedAt;
      const aheadMs = wall - (time + passedMs);
      if (!catchingUp && aheadMs > STEP_MAX_MS) {
        catchingUp = true;
        onJump(aheadMs);
      }
      time = catchingUp ? Math.min(wall, time + passedMs * CATCH_UP_RATE) : wall;
      if (time >= wall) catchingUp = false;
      return Math.floor(time);
    },
  };
}
