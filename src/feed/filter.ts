import type { LoggedEvent } from '../domain/events.ts';
import type { EventFilter } from '../queries/store.ts';

export function isUnfiltered({ sku, location, types }: EventFilter): boolean {
  return sku === undefined && location === undefined && types === undefined;
}

/** The events that match; the same ones that the store finds with this filter. */
export function select(
  events: readonly LoggedEvent[],
  filter: EventFilter,
): readonly LoggedEvent[] {
  return isUnfiltered(filter) ? events : events.filter((event) => matches(event, filter));
}

export function matches(event: LoggedEvent, { sku, location, types }: EventFilter): boolean {
  return (
    (sku === undefined || event.sku === sku) &&
    (location === undefined || event.location === location) &&
    (types === undefined || types.includes(event.type))
  );
}
