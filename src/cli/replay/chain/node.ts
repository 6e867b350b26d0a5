import { hash } from 'node:crypto';
import type { Config } from '../../../config/settings.ts';
import { createLedger } from '../../../ledger/createLedger.ts';
import { createIds } from '../../../ledger/ids.ts';
import type { Ledger, SharingLedger } from '../../../ledger/ledger.ts';
import type { LedgerObserver } from '../../../ledger/observer.ts';
import type { Clock, Stopwatch } from '../../../ledger/ports.ts';
import { type LinkBreaker, withBorrowing } from '../../../nodes/borrowing.ts';
import { DemandBook } from '../../../nodes/demand.ts';
import { jsonCodec } from '../../../nodes/http/codec.ts';
import { LinkRefusedError } from '../../../nodes/linkCommands.ts';
import { OwnLog } from '../../../nodes/ownLog.ts';
import type { NodeObserver } from '../../../nodes/parts.ts';
import { Requests } from '../../../nodes/requests.ts';
import type { SessionParts } from '../../../nodes/sessionParts.ts';
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
  const breaker = createBreaker(machine);
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
  const session = {
    ...parts,
    log: new OwnLog(parts),
    requests: new Requests(machine),
    ...(role === 'shop' && { demand: new DemandBook(), balanceMs: config.balanceMs }),
  };
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
    observer: { ...SILENT_LEDGER, failed: onFault },
    settings: {
      commitLinesMax: config.commitLinesMax,
      queueWaitMaxMs: config.queueWaitMaxMs,
      holdLifeMaxMs: config.holdLifeMaxSeconds * 1_000,
      keyLifeMs: config.keyLifeHours * 3_600_000,
      sweepIntervalMs: SWEEP_INTERVAL_MS,
    },
  });
}

const SILENT_LEDGER: LedgerObserver = {
  committed: () => undefined,
  shed: () => undefined,
  retried: () => undefined,
  abandoned: () => undefined,
  failed: () => undefined,
};

function observerOf(breaker: ChainBreaker, onFault: (error: unknown) => void): NodeObserver {
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

interface ChainBreaker extends LinkBreaker {
  reset(peer: string): void;
}

/** As the one of a server, which goes by the time of the machine. */
function createBreaker(stopwatch: Stopwatch): ChainBreaker {
  const silentSince = new Map<string, number>();
  return {
    async guard(peer, ask) {
      const since = silentSince.get(peer);
      if (since !== undefined && stopwatch.elapsed() - since < SILENCE_MS) return false;
      try {
        await ask();
        return true;
      } catch {
        silentSince.set(peer, stopwatch.elapsed());
        return false;
      }
    },
    reset: (peer) => void silentSince.delete(peer),
  };
}
