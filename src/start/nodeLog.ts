import { StoreError } from '../ledger/errors.ts';
import { LinkRefusedError } from '../nodes/linkCommands.ts';
import { BrokerError } from '../nodes/nats/errors.ts';
import type { NodeObserver } from '../nodes/parts.ts';
import { DialRefusedError, HubUnreachableError } from '../nodes/transport.ts';
import type { Logger } from '../observability/logger.ts';

/**
 * Logs what happens on links, and hands on what it sees. A hub that is away for days is tried all the time: that, and
 * whatever else repeats itself, is told once, and again after something else has happened.
 */
export function createNodeLog(
  logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>,
  inner: NodeObserver,
): NodeObserver {
  const said = new Map<string, string>();
  const isNew = (peer: string, text: string): boolean => {
    const before = said.get(peer);
    said.set(peer, text);
    return before !== text;
  };
  return {
    connected(peer, session) {
      said.delete(peer);
      logger.info({ peer, session }, 'linked');
      inner.connected(peer, session);
    },
    disconnected(peer, reason) {
      if (isNew(peer, reason)) logger.info({ peer, reason }, 'link ended');
      inner.disconnected(peer, reason);
    },
    refused(peer, reason) {
      if (isNew(peer, reason)) logger.warn({ peer, reason }, 'handshake refused');
      inner.refused(peer, reason);
    },
    received: (peer, entries) => inner.received(peer, entries),
    sent: (peer, entries, bytes) => inner.sent(peer, entries, bytes),
    asked: (peer, answered, waitedMs) => inner.asked(peer, answered, waitedMs),
    failed(peer, error) {
      inner.failed(peer, error);
      const reason = error instanceof Error ? error.message : String(error);
      if (!isNew(peer, reason)) logger.debug({ peer, reason }, 'link still fails');
      else if (isForeseen(error)) logger.warn({ peer, reason }, 'link failed');
      else logger.error({ peer, err: error }, 'link failed');
    },
  };
}

/** The network, the database, or another session: no stack would tell more. */
const FORESEEN = [BrokerError, DialRefusedError, HubUnreachableError, LinkRefusedError, StoreError];

export function isForeseen(error: unknown): error is Error {
  return FORESEEN.some((kind) => error instanceof kind);
}
