import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { NodeObserver } from '../nodes/parts.ts';

const WAIT_SECONDS_BUCKETS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export interface NodeMetrics extends NodeObserver {
  /** Units were moved to where they are to be at rest: given to the peer, or taken from it. */
  moved(peer: string, direction: 'given' | 'taken', units: number): void;
}

/** Measures the links to other nodes. What fails is for the log. */
export function createNodeMetrics(registry: Registry): NodeMetrics {
  const labelNames = ['peer'] as const;
  const registers = [registry];
  const count = (name: string, help: string) =>
    new Counter({ name: `holdfast_${name}_total`, help, labelNames, registers });
  const sessions = count('link_sessions', 'Handshakes with the node that went through');
  const refused = count('link_refusals', 'Handshakes with the node that were refused');
  const faults = count('link_faults', 'Connections to the node, or what it asked, that failed');
  const received = count('link_entries_received', "Entries of the node's log that were applied");
  const sent = count('link_entries_sent', 'Entries of this log that were sent to the node');
  const characters = count(
    'link_sent_characters',
    'Length of the messages with these entries, before compression',
  );
  const asked = new Counter({
    name: 'holdfast_borrow_requests_total',
    help: 'Times that the node was asked for units, by whether it answered in time',
    labelNames: ['peer', 'answered'],
    registers,
  });
  const waited = new Histogram({
    name: 'holdfast_borrow_wait_seconds',
    help: 'Time that buyers waited for the answer of another node',
    buckets: WAIT_SECONDS_BUCKETS,
    registers,
  });
  const moved = new Counter({
    name: 'holdfast_rebalanced_units_total',
    help: 'Units that were moved to where they are to be at rest, given to the node or taken from it',
    labelNames: ['peer', 'direction'],
    registers,
  });
  return {
    moved: (peer, direction, units) => moved.inc({ peer, direction }, units),
    connected: (peer) => sessions.inc({ peer }),
    disconnected: () => undefined,
    refused: (peer) => refused.inc({ peer }),
    received: (peer, entries) => received.inc({ peer }, entries),
    sent(peer, entries, length) {
      sent.inc({ peer }, entries);
      characters.inc({ peer }, length);
    },
    asked(peer, answered, waitedMs) {
      asked.inc({ peer, answered: String(answered) });
      waited.observe(waitedMs / 1_000);
    },
    failed: (peer) => faults.inc({ peer }),
  };
}

/** A link to a node that is not given up. */
export interface LinkFigure {
  readonly peer: string;
  /** Whether this server holds the connection. */
  readonly connected: boolean;
}

/**
 * Asked for and not counted: an old connection ends after the new one has begun, and a node that has not called since
 * the start is not connected either.
 */
export function showLinks(registry: Registry, read: () => Promise<readonly LinkFigure[]>): void {
  new Gauge({
    name: 'holdfast_link_connected',
    help: 'Whether this server holds the connection to the node: 1 or 0',
    labelNames: ['peer'],
    registers: [registry],
    async collect() {
      // What cannot be read now must not hide all other figures.
      const links = await read().catch(() => []);
      this.reset();
      for (const { peer, connected } of links) this.set({ peer }, Number(connected));
    },
  });
}
