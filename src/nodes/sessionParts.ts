import type { DemandBook } from './demand.ts';
import type { OwnLog } from './ownLog.ts';
import type { NodeParts } from './parts.ts';
import type { Requests } from './requests.ts';

/** What the sessions of a node's links share. */
export interface SessionParts extends NodeParts {
  readonly log: OwnLog;
  readonly requests: Requests;
  /** In a shop: what buyers ask for at both ends. */
  readonly demand?: DemandBook;
  /** In a shop: how often it looks which units are to be moved; 0 moves none. */
  readonly balanceMs?: number;
}
