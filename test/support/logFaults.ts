import type { LoggedEvent } from '../../src/domain/events.ts';

/**
 * What is wrong with a log as a reader was given it: positions that are missing, come twice or out of order, and
 * versions of a stock level that do not follow one another. Nothing, for a reader from the beginning that missed nothing.
 * @param last the position at which the log ends
 */
export function logFaults(events: readonly LoggedEvent[], last: number): readonly string[] {
  return [...positionFaults(events, last), ...versionFaults(events)];
}

function positionFaults(events: readonly LoggedEvent[], last: number): string[] {
  const faults: string[] = [];
  const seen = new Set<number>();
  let before = 0;
  for (const { position } of events) {
    if (seen.has(position)) faults.push(`${position} comes twice`);
    else if (position < before) faults.push(`${position} comes after ${before}`);
    seen.add(position);
    before = position;
  }
  for (let position = 1; position <= last; position++) {
    if (!seen.has(position)) faults.push(`${position} is missing`);
  }
  return faults;
}

export function versionFaults(events: readonly LoggedEvent[]): string[] {
  const versions = new Map<string, number>();
  return events.flatMap((event) => {
    if (!('version' in event)) return [];
    const level = `${event.sku} at ${event.location}`;
    const before = versions.get(level) ?? 0;
    versions.set(level, event.version);
    return event.version === before + 1 ? [] : [`${level}: ${event.version} after ${before}`];
  });
}
