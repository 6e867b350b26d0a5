import { StoreError } from '../ledger/errors.ts';
import type { Logger } from '../observability/logger.ts';
import { PublishingRefusedError } from '../publish/errors.ts';
import { BrokerError } from '../publish/nats/broker.ts';
import type { PublishObserver } from '../publish/observer.ts';

/**
 * Logs how publishing goes, and hands on what it sees. A broker may be away for days: what repeats itself is told once,
 * and again after something else has happened.
 */
export function createPublishLog(
  logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>,
  inner: PublishObserver,
): PublishObserver {
  let said: string | null = null;
  const isNew = (text: string): boolean => {
    const before = said;
    said = text;
    return before !== text;
  };
  return {
    resumed(position) {
      if (isNew('resumed')) logger.info({ position }, 'the log is being published');
      inner.resumed(position);
    },
    published: (events) => inner.published(events),
    stoodBy(position) {
      if (isNew('stood by')) logger.info({ position }, 'another server publishes the log');
      inner.stoodBy(position);
    },
    failed(error) {
      inner.failed(error);
      const reason = error instanceof Error ? error.message : String(error);
      if (!isNew(reason)) logger.debug({ reason }, 'the log still cannot be published');
      else if (error instanceof PublishingRefusedError) logger.error({ reason }, REFUSED);
      else if (isForeseen(error)) logger.warn({ reason }, 'the log cannot be published');
      else logger.error({ err: error }, 'the log cannot be published');
    },
  };
}

const REFUSED = 'the log is not published until somebody has looked';

/** The broker or the database: no stack would tell more. */
function isForeseen(error: unknown): boolean {
  return error instanceof BrokerError || error instanceof StoreError;
}
