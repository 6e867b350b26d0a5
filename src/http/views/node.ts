import type { Link } from '../../domain/links/link.ts';

/** A node as the hub's clients see it; nothing of it proves anything. */
export function nodeJson(link: Link) {
  const { peer, peerRole, location, status, fence, received, acknowledged, policy } = link;
  return { node: peer, role: peerRole, location, status, fence, received, acknowledged, policy };
}
