import { hash } from 'node:crypto';
import type { Config } from '../../../config/settings.ts';
import { createLedger } from '../../../ledger/createLedger.ts';
import { createIds } from '../../../ledger/ids.ts';
import type { Ledger, SharingLedger } from '../../../ledger/ledger.ts';
import { NO_OBSERVER } from '../../../ledger/observer.ts';
import type { Clock } from '../../../ledger/ports.ts';
import { withBorrowing } from '../../../nodes/borrowing.ts';
import { jsonCodec } from '../../../nodes/http/codec.ts';
import { LinkRefusedError } from '../../../nodes/linkCommands.ts';
import type { NodeObserver } from '../../../nodes/parts.ts';
import { createSessionParts, type SessionParts } from '../../../nodes/sessionParts.ts';
import { StopwatchBreaker } from '../../../nodes/stopwatchBreaker.ts';
import type { Storage } from '../../../storage/storage.ts';
import { MachineTime } from './chainTime.ts';
import type { Draws } from './draws.ts';
import { LineGivenUpError } from './line.ts';

/** Time goes on in leaps here, so to look for holds that have ended as often as a server does would show nothing more. */
const SWEEP_INTERVAL_MS = 10_000;

/** How long a peer that did not answer is left alone, unless it is heard of before. */
const SILENCE_MS = 5_000;

export interface ChainNodeOptions {
  readonly storage: Storage;
  readonly config: Config;
  readonly role: 'hub' | 'shop';
  /** That of the log. */
  readonly clock: Clock;
  readonly draws: Draws;
  /** Told of what should not happen. */
  readonly onFault: (error: unknown) => void;
}

/** A node of the chain without its ends of links: what `serve` puts together, on a time that is played. */
export interface ChainNode {
  readonly name: string;
  readonly storage: Storage;
  /** As clients see it: it asks other nodes before it refuses for want of stock. */
  readonly ledger: Ledger;
  readonly parts: SessionParts;
  readonly machine: MachineTime;
}

export function createChainNode(options: ChainNodeOptions): ChainNode {
  const { storage, config, role, clock, draws, onFault } = options;
  const machine = new MachineTime();
  const random = draws.row(`node ${storage.node}`);
  const breaker = new StopwatchBreaker(machine, SILENCE_MS);
  const parts = {
    ledger: openLedger(options, machine),
    store: storage.queries,
    node: storage.node,
    hash: (text: string) => hash('sha256', text),
    codec: jsonCodec,
    timers: machine,
    stopwatch: machine,
    random,
    newId: createIds(clock, random),
    incarnation: storage.incarnation,
    observer: observerOf(breaker, onFault),
  };
  const { balanceMs } = config;
  const session = createSessionParts(parts, role === 'shop' ? { balanceMs } : null);
  const ledger = withBorrowing({ ...session, breaker, waitMs: config.borrowWaitMs });
  return { name: storage.node, storage, ledger, parts: session, machine };
}

function openLedger(
  { storage, config, draws, onFault }: ChainNodeOptions,
  machine: MachineTime,
): SharingLedger {
  return createLedger({
    store: storage.ledger,
    stopwatch: machine,
    timers: machine,
    random: draws.row(`ledger ${storage.node}`),
    observer: { ...NO_OBSERVER, failed: onFault },
    settings: {
      commitLinesMax: config.commitLinesMax,
      queueWaitMaxMs: config.queueWaitMaxMs,
      holdLifeMaxMs: config.holdLifeMaxSeconds * 1_000,
      keyLifeMs: config.keyLifeHours * 3_600_000,
      sweepIntervalMs: SWEEP_INTERVAL_MS,
    },
  });
}

function observerOf(breaker: StopwatchBreaker, onFault: (error: unknown) => void): NodeObserver {
  return {
    connected: (peer) => breaker.reset(peer),
    disconnected: () => undefined,
    refused: (peer, reason) => onFault(new Error(`${peer} was refused: ${reason}`)),
    received: () => undefined,
    sent: () => undefined,
    asked: () => undefined,
    failed(_peer, error) {
      // What belongs to a session that a cut has ended is turned down by the next one.
      const isForeseen = error instanceof LinkRefusedError || error instanceof LineGivenUpError;
      if (!isForeseen) onFault(error);
    },
  };
}
