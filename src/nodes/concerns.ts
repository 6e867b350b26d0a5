import { isMovement, type LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';

/**
 * Whether an event of this log is an entry of the link. It depends on nothing that ever changes, so both ends mean the
 * same events by "everything up to this position", now and in a year.
 */
export function concerns(
  link: Pick<Link, 'peer' | 'peerRole' | 'location'>,
  event: LoggedEvent,
): boolean {
  if (link.peerRole === 'hub') return concernsHub(event);
  const mine = audiencesWith(link);
  return audiencesOf(event).some((audience) => mine.includes(audience));
}

/** The hub hears everything of a shop, but for what the shop has copied from it. */
function concernsHub({ details }: LoggedEvent): boolean {
  return details?.origin === undefined;
}

/** Which of its shops an event of a hub's log concerns: that of a location, that of a name, or all. */
export type Audience = `at ${string}` | `to ${string}` | 'all';

/** The audiences that a shop is in. */
export function audiencesWith({
  peer,
  location,
}: Pick<Link, 'peer' | 'location'>): readonly Audience[] {
  return [`at ${location}`, `to ${peer}`, 'all'];
}

/** A shop hears of its own location, of the catalogue, and of who has the goods where. */
export function audiencesOf(event: LoggedEvent): readonly Audience[] {
  if (isMovement(event)) return [`at ${event.location}`];
  const { type, location, details } = event;
  switch (type) {
    case 'want':
    case 'want_refused':
    case 'share_wanted':
    case 'cancel_asked':
      return details?.peer === undefined ? [] : [`to ${details.peer}`];
    case 'transfer_step':
      // Both ends hear of every step, for whoever has the goods there may be a new node.
      return [...new Set([location, details?.source, details?.destination])].flatMap((end) =>
        typeof end === 'string' ? [`at ${end}` as const] : [],
      );
    case 'extend':
    case 'redact':
      return [];
    case 'part_fulfilled':
    case 'part_cancelled':
    case 'node_fenced':
    case 'node_cleared':
    case 'node_reconciled':
    case 'policy_changed':
      return location === null ? [] : [`at ${location}`];
    default:
      return ['all'];
  }
}
