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
  return link.peerRole === 'hub' ? concernsHub(event) : concernsShop(link, event);
}

/** The hub hears everything of a shop, but for what the shop has copied from it. */
function concernsHub({ details }: LoggedEvent): boolean {
  return details?.origin === undefined;
}

/** A shop hears of its own location, of the catalogue, and of who has the goods where. */
function concernsShop(
  { peer, location }: Pick<Link, 'peer' | 'location'>,
  event: LoggedEvent,
): boolean {
  if (isMovement(event)) return event.location === location;
  switch (event.type) {
    case 'want':
    case 'want_refused':
    case 'share_wanted':
    case 'cancel_asked':
      return event.details?.peer === peer;
    case 'transfer_step':
      return isAtEitherEnd(event, location);
    case 'extend':
    case 'redact':
      return false;
    case 'part_fulfilled':
    case 'part_cancelled':
    case 'node_fenced':
    case 'node_cleared':
    case 'node_reconciled':
    case 'policy_changed':
      return event.location === location;
    default:
      return true;
  }
}

/** Where goods leave and where they arrive: both hear of every step, for whoever has the goods there may be a new node. */
function isAtEitherEnd({ location: place, details }: LoggedEvent, location: string): boolean {
  return place === location || details?.source === location || details?.destination === location;
}
