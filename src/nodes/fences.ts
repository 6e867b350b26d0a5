import { updateLink } from './linkCommands.ts';
import type { NodeParts } from './parts.ts';

/**
 * A database that is not the one that this node last ran on may lack what was done since: nothing is promised at its
 * links' locations until each has found both logs whole. The fences are durable before the database counts as proven.
 */
export async function fenceUnproven(parts: NodeParts): Promise<void> {
  const { store, incarnation } = parts;
  if (!(await incarnation.isProven())) {
    for (const { peer, peerRole, session, status, fence } of await store.links()) {
      if (status === 'retired' || fence !== null) continue;
      // Another server of the hub may hold a session of the link: it ends, for only a handshake ends the fence.
      const next = peerRole === 'store' ? { session: session + 1 } : {};
      await updateLink(parts, { peer, session }, { fence: 'unproven', ...next });
    }
  }
  await incarnation.prove();
}
