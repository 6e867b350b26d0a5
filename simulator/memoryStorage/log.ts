import type { LoggedEvent } from '../../src/domain/events.ts';

/** Index of the first event that `isLate` holds for; it must hold for all after it too. */
function firstIndex(
  events: readonly LoggedEvent[],
  isLate: (event: LoggedEvent) => boolean,
): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event !== undefined && isLate(event)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Events after `position`, at most `limit`. */
export function eventsAfter(
  events: readonly LoggedEvent[],
  position: number,
  limit: number,
): LoggedEvent[] {
  const start = firstIndex(events, (event) => event.position > position);
  return events.slice(start, start + limit);
}

/** Position of the last event with a time not after `time`; 0 when there is none. */
export function positionAt(events: readonly LoggedEvent[], time: number): number {
  return events[firstIndex(events, (event) => event.time > time) - 1]?.position ?? 0;
}
