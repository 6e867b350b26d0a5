import type { Link } from '../../domain/links/link.ts';
import type { NodeReport } from '../../queries/nodes.ts';
import type { NodeStatus } from '../parts.ts';
import { formatTime } from '../times.ts';
import { policyJson } from './policy.ts';

/** A link as its clients see it; nothing of it proves anything. */
export function nodeJson(link: Link) {
  const { peer, peerRole, location, status, fence, reconcile, policy, session } = link;
  const kept = { node: peer, role: peerRole, location, status, fence, reconcile, session };
  return { ...kept, policy: policyJson(policy) };
}

/** @param status what this server knows of the link beside the database; undefined where that is nothing */
export function nodeReportJson({ link, newest, head }: NodeReport, status: NodeStatus | undefined) {
  return {
    ...nodeJson(link),
    received: {
      position: link.received,
      newest: newest && { position: newest.position, time: formatTime(newest.time) },
    },
    acknowledged: { position: link.acknowledged, head },
    connected: status?.connected ?? null,
    lastHeardMs: status?.lastHeardMs ?? null,
  };
}
