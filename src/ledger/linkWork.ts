import type { EventDraft } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { LinkRefusal } from '../domain/refusalPrecedence.ts';
import type { WorkingState } from './workingState.ts';

/** The link after a command of it, null for one that concerns several, or why not. */
export type LinkResult = LinkRefusal | Link | null;

/** @returns the link where the command belongs to its running session, or why not */
export function sessionOf(
  state: WorkingState,
  { peer, session }: { readonly peer: string; readonly session: number },
): Link | LinkRefusal {
  const link = state.link(peer);
  if (!link) return { code: 'node_not_found', node: peer };
  if (link.session !== session) return { code: 'session_closed', session: link.session };
  return link;
}

/** An event that tells of the link at its location. */
export function notice(
  type:
    | 'node_added'
    | 'node_retired'
    | 'node_fenced'
    | 'node_cleared'
    | 'node_reconciled'
    | 'policy_changed',
  link: Link,
  details: EventDraft['details'],
): EventDraft {
  return { type, sku: null, location: link.location, reservationId: null, details };
}

export function fenceNotice(link: Link): EventDraft {
  const { peer, fence } = link;
  return fence === null
    ? notice('node_cleared', link, { peer })
    : notice('node_fenced', link, { peer, fence });
}
