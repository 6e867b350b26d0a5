import type { NatsAcceptorOptions } from '../nodes/nats/acceptor.ts';
import type { Logger } from '../observability/logger.ts';
import type { NodeMetrics } from '../observability/nodeMetrics.ts';

/** What a hub cannot do at its servers of NATS counts as a fault of a peer of this name. */
const PEER = 'nats';

/**
 * Logs how a hub stands with its servers of NATS, and counts what fails. Servers that are away for days are tried all
 * the time: that is told once, and again after they were there.
 */
export function createNatsLinkLog(
  logger: Pick<Logger, 'debug' | 'info' | 'warn'>,
  metrics: Pick<NodeMetrics, 'failed'>,
): Pick<NatsAcceptorOptions, 'onFault' | 'onReady'> {
  let said: string | null = null;
  return {
    onFault(error) {
      metrics.failed(PEER, error);
      const { message: reason } = error;
      if (reason === said) logger.debug({ reason }, 'links over NATS still fail');
      else logger.warn({ reason }, 'links over NATS fail');
      said = reason;
    },
    onReady() {
      said = null;
      logger.info('links are taken over NATS');
    },
  };
}
