import type { OwnLog } from './ownLog.ts';
import type { NodeParts } from './parts.ts';
import type { Requests } from './requests.ts';

/** What the sessions of a node's links share. */
export interface SessionParts extends NodeParts {
  readonly log: OwnLog;
  readonly requests: Requests;
}
