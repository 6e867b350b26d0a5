import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/domain/invariant.ts';
import { brokerError } from '../../src/nodes/nats/errors.ts';
import { HubUnreachableError } from '../../src/nodes/transport.ts';
import { createLoggerOn } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { type LinkWatch, watchLink } from '../../src/start/linkProblem.ts';
import { createNatsLinkLog } from '../../src/start/natsLinkLog.ts';

const metricsOf = () =>
  createMetrics({ version: '1', node: 'shop', commitFailed: () => undefined });

describe('a shop says why it has no link to its hub', () => {
  let watch: LinkWatch;
  beforeEach(() => {
    watch = watchLink(metricsOf().nodes);
  });

  const expectProblem = (why: string) =>
    expect(watch.problem()).toBe(`there is no link to the hub: ${why}`);

  it('from the start on, until it is linked, and again when that ends', () => {
    expectProblem('it has not answered yet');
    watch.observer.failed('hub', new HubUnreachableError('ECONNREFUSED'));
    expectProblem('ECONNREFUSED');
    watch.observer.connected('hub', 1);
    expect(watch.problem()).toBeNull();
    watch.observer.disconnected('hub', 'the line is cut');
    expectProblem('the line is cut');
  });

  it('as the hub has said it, and not as the end of that connection', () => {
    watch.observer.refused('hub', 'copied');
    watch.observer.disconnected('hub', 'copied');
    expectProblem('the handshake was refused (copied)');
    watch.observer.disconnected('hub', 'the hub said nothing');
    expectProblem('the hub said nothing');
  });

  it('and not what the books say where the node itself is at fault', () => {
    watch.observer.failed('hub', new InvariantError('grant would break {"sku":"apple"}'));
    expectProblem('a fault of this node, which is in its log');
  });

  it('and not what else fails while it has one', () => {
    watch.observer.connected('hub', 1);
    watch.observer.failed('hub', new Error('one thing that was asked'));
    expect(watch.problem()).toBeNull();
  });
});

it('tells once that the servers of NATS are away, and again after they were there', async () => {
  const lines: { readonly level: string; readonly msg: string; readonly reason?: string }[] = [];
  const logger = createLoggerOn({ write: (line) => lines.push(JSON.parse(line)) }, 'debug');
  const metrics = metricsOf();
  const { onFault, onReady } = createNatsLinkLog(logger, metrics.nodes);
  const away = brokerError('links over NATS are not possible', new Error('connection refused'));
  for (const happens of [onReady, onFault, onFault, onReady, onFault]) happens(away);
  expect(lines.map(({ level, reason = 'ready' }) => `${level} ${reason}`)).toEqual([
    'info ready',
    `warn ${away.message}`,
    `debug ${away.message}`,
    'info ready',
    `warn ${away.message}`,
  ]);
  expect(await metrics.render()).toContain('holdfast_link_faults_total{peer="nats"} 3\n');
});
