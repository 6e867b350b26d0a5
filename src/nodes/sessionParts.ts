import { DemandBook } from './demand.ts';
import { OwnLog } from './ownLog.ts';
import type { NodeParts } from './parts.ts';
import { Requests } from './requests.ts';

/** What the sessions of a node's links share. */
export interface SessionParts extends NodeParts {
  /** To be started before the first link, and closed after the last. */
  readonly log: OwnLog;
  readonly requests: Requests;
  /** In a shop: what buyers ask for at both ends. */
  readonly demand?: DemandBook;
  /** In a shop: how often it looks which units are to be moved, in milliseconds; 0 moves none. */
  readonly balanceMs?: number;
}

/** @param shop what a shop has besides; null for a hub */
export function createSessionParts(
  parts: NodeParts,
  shop: Pick<SessionParts, 'balanceMs'> | null,
): SessionParts {
  const log = new OwnLog(parts);
  const requests = new Requests(parts.timers);
  return { ...parts, log, requests, ...(shop && { demand: new DemandBook(), ...shop }) };
}
