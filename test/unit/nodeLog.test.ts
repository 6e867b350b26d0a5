import { expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import { HubUnreachableError } from '../../src/nodes/transport.ts';
import { createLoggerOn } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { createNodeLog } from '../../src/start/nodeLog.ts';

function stage() {
  const lines: { readonly level: string; readonly msg: string; readonly err?: unknown }[] = [];
  const logger = createLoggerOn({ write: (line) => lines.push(JSON.parse(line)) }, 'debug');
  const metrics = createMetrics({ version: '1', node: 'shop', commitFailed: () => undefined });
  return { lines, metrics, log: createNodeLog(logger, metrics.nodes) };
}

it('tells once that the hub is away, however often it is tried', () => {
  const { lines, log } = stage();
  for (let i = 0; i < 3; i += 1) log.failed('hub', new HubUnreachableError('ECONNREFUSED'));
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'debug', 'debug']);
  log.connected('hub', 1);
  log.disconnected('hub', 'the connection broke');
  log.failed('hub', new HubUnreachableError('ECONNREFUSED'));
  expect(lines.slice(3).map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    'info linked',
    'info link ended',
    'warn link failed',
  ]);
});

it('tells a defect with its stack, and trouble of the world without', () => {
  const { lines, log } = stage();
  log.failed('hub', new StoreUnavailableError('the disk is full'));
  log.failed('hub', new TypeError('x is not a function'));
  expect(lines.map(({ level, err }) => [level, err !== undefined])).toEqual([
    ['warn', false],
    ['error', true],
  ]);
});

it('counts what it sees', async () => {
  const { metrics, log } = stage();
  log.connected('hub', 1);
  log.refused('hub', 'restored');
  log.received('hub', 5);
  log.sent('hub', 7, 700);
  log.asked('hub', true, 20);
  log.asked('hub', false, 250);
  log.failed('hub', new Error('odd'));
  log.disconnected('hub', 'done');
  const text = await metrics.render();
  for (const line of [
    'holdfast_link_sessions_total{peer="hub"} 1',
    'holdfast_link_refusals_total{peer="hub"} 1',
    'holdfast_link_entries_received_total{peer="hub"} 5',
    'holdfast_link_entries_sent_total{peer="hub"} 7',
    'holdfast_link_sent_characters_total{peer="hub"} 700',
    'holdfast_borrow_requests_total{peer="hub",answered="true"} 1',
    'holdfast_borrow_requests_total{peer="hub",answered="false"} 1',
    'holdfast_borrow_wait_seconds_count 2',
    'holdfast_link_faults_total{peer="hub"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

it('shows which links are up when it is asked, for an old connection ends after the new one has begun', async () => {
  const { metrics, log } = stage();
  const links = [
    { peer: 'berlin', connected: true },
    { peer: 'bonn', connected: false },
  ];
  metrics.watch({
    queueLength: () => 0,
    headPosition: async () => 0,
    feedStatus: () => ({ streams: 0, lagMax: 0, stalledMsMax: 0 }),
    isReady: () => true,
    links: async () => links,
  });
  log.connected('berlin', 1);
  log.connected('berlin', 2);
  log.disconnected('berlin', 'a newer connection of the node has come');
  const text = await metrics.render();
  expect(text).toContain('holdfast_link_connected{peer="berlin"} 1\n');
  expect(text).toContain('holdfast_link_connected{peer="bonn"} 0\n');
});
