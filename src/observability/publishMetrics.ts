import { Counter, Gauge, type Registry } from 'prom-client';
import type { PublishObserver, PublishStatus } from '../publish/observer.ts';

/** Measures the publishing of the log. What fails is for the log of messages. */
export function createPublishMetrics(registry: Registry): PublishObserver {
  const count = (name: string, help: string) =>
    new Counter({ name: `holdfast_${name}_total`, help, registers: [registry] });
  const published = count('published_events', 'Events of the log that this server has published');
  const failures = count('publish_failures', 'Times that publishing the log failed');
  const stoodBy = count(
    'publish_stood_by',
    'Times that this server saw another one of its node publish, and left it to that one',
  );
  return {
    resumed: () => undefined,
    published: (events) => published.inc(events),
    stoodBy: () => stoodBy.inc(),
    failed: () => failures.inc(),
  };
}

/** How publishing stands, and how far the log has come. */
export interface PublishFigures {
  readonly status: PublishStatus;
  readonly head: number;
}

/** Asked for when the metrics are read. What is not known is left out. */
export function showPublishing(registry: Registry, read: () => Promise<PublishFigures>): void {
  const gauge = (name: string, help: string, of: (figures: PublishFigures) => number | undefined) =>
    new Gauge({
      name: `holdfast_${name}`,
      help,
      registers: [registry],
      async collect() {
        // A database that does not answer must not hide all other figures.
        const value = await read().then(of, () => undefined);
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  gauge(
    'published_position',
    'Position of the last event that is known to be published',
    ({ status }) => status.position,
  );
  gauge('publish_lag_events', 'Events that are not published yet', ({ status, head }) =>
    status.position === undefined ? undefined : Math.max(head - status.position, 0),
  );
  gauge(
    'publishing',
    'Whether the log is being published, or was at the last look: 1 or 0',
    ({ status }) => Number(status.position !== undefined && status.problem === null),
  );
  gauge(
    'publish_refused',
    'Whether nothing is published until somebody has looked: 1 or 0',
    ({ status }) => Number(status.isRefused),
  );
}
