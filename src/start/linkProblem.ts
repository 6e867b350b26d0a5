import type { NodeObserver } from '../nodes/parts.ts';
import { isForeseen } from './nodeLog.ts';

export interface LinkWatch {
  /** Sees what happens on the link, and hands on what it sees. */
  readonly observer: NodeObserver;
  /** Why a shop has no link to its hub; null where it has one. */
  problem(): string | null;
}

/** Whoever asks needs no key, and what a mistake of ours says may quote the books. */
const DEFECT = 'a fault of this node, which is in its log';

/**
 * Remembers of a shop's one link how it stands: without a link from the start, linked from a handshake on that went
 * through, and without one again when the connection has ended.
 */
export function watchLink(inner: NodeObserver): LinkWatch {
  let problem: string | null = 'it has not answered yet';
  let refusal: string | null = null;
  return {
    observer: {
      ...inner,
      connected(peer, session) {
        problem = null;
        inner.connected(peer, session);
      },
      disconnected(peer, reason) {
        // A connection that was refused ends, too.
        if (reason !== refusal) problem = reason;
        refusal = null;
        inner.disconnected(peer, reason);
      },
      refused(peer, reason) {
        refusal = reason;
        problem = `the handshake was refused (${reason})`;
        inner.refused(peer, reason);
      },
      failed(peer, error) {
        // While it is linked, what fails is a single thing that was asked.
        if (problem !== null) problem = isForeseen(error) ? error.message : DEFECT;
        inner.failed(peer, error);
      },
    },
    problem: () => (problem === null ? null : `there is no link to the hub: ${problem}`),
  };
}
