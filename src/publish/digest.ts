import type { LoggedEvent } from '../domain/events.ts';

/** SHA-256, as lower-case hexadecimal digits. */
export type Hash = (text: string) => string;

/** Enough that two events have the same by accident never. */
const DIGITS = 32;

/**
 * Tells an event from any other that might stand at its position. It goes by what every event has had from the first
 * version on, so that it stays the same whatever later versions add to what is shown.
 */
export function eventDigest(hash: Hash, event: LoggedEvent): string {
  const { position, time, type, requestId, sku, location } = event;
  return hash(JSON.stringify([position, time, type, requestId, sku, location])).slice(0, DIGITS);
}
