import {
  createLedger,
  type LedgerSettings,
  type RunningLedger,
} from '../../src/ledger/createLedger.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { NO_OBSERVER } from '../../src/ledger/observer.ts';
import { withBorrowing } from '../../src/nodes/borrowing.ts';
import { jsonCodec } from '../../src/nodes/http/codec.ts';
import { createHub } from '../../src/nodes/hub.ts';
import type { NodeObserver } from '../../src/nodes/parts.ts';
import { createSessionParts, type SessionParts } from '../../src/nodes/sessionParts.ts';
import { StopwatchBreaker } from '../../src/nodes/stopwatchBreaker.ts';
import { createStore } from '../../src/nodes/store.ts';
import { MachineClock } from '../kernel/machineTime.ts';
import { Lifetime, type Scheduler } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import { type MemoryStorage, openMemoryStorage } from '../memoryStorage/open.ts';
import { emptyTables, type Tables } from '../memoryStorage/tables.ts';
import type { Network } from '../network/network.ts';
import { isDefect, seededIds, sha256 } from '../nodes/server.ts';
import type { Lines } from './lines.ts';
import type { Naps } from './naps.ts';

/** As `holdfast serve` has them unless it is told otherwise. */
const SETTINGS: LedgerSettings = {
  commitLinesMax: 1_000,
  queueWaitMaxMs: 2_000,
  holdLifeMaxMs: 7 * 86_400_000,
  keyLifeMs: 86_400_000,
  sweepIntervalMs: 500,
};
const BORROW_WAIT_MS = 250;
const SILENCE_MS = 5_000;

/** How long a commit takes, in milliseconds. */
const COMMIT_MS = 0.5;

export interface MachineParts {
  readonly node: string;
  readonly isShop: boolean;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly naps: Naps;
  readonly network: Network;
  readonly lines: Lines;
  readonly fail: (error: unknown) => void;
}

/** A node on a machine that never fails: the real ledger, and the real links to others. */
export class Machine {
  readonly node: string;
  readonly tables: Tables;
  readonly storage: MemoryStorage;
  /** By peer: the session that runs. */
  readonly sessions = new Map<string, number>();
  readonly #parts: MachineParts;
  readonly #lifetime: Lifetime;
  readonly #session: SessionParts;
  readonly #inner: RunningLedger;
  /** What clients talk to. */
  readonly ledger: Ledger;

  constructor(parts: MachineParts) {
    const { node, scheduler, random, naps, fail } = parts;
    this.#parts = parts;
    this.node = node;
    this.#lifetime = new Lifetime(scheduler);
    const clock = new MachineClock(scheduler, 1, 0);
    this.tables = emptyTables(node);
    const lifetime = this.#lifetime;
    this.storage = openMemoryStorage({
      tables: this.tables,
      clock,
      onStep: (step) => (step === 'write' ? lifetime.pause(COMMIT_MS) : undefined),
    });
    this.#inner = createLedger({
      store: this.storage.ledger,
      stopwatch: clock,
      timers: naps.idleTimers(),
      random: random.fork(),
      observer: { ...NO_OBSERVER, failed: fail },
      settings: SETTINGS,
    });
    const breaker = new StopwatchBreaker(clock, SILENCE_MS);
    const nodeParts = {
      ledger: this.#inner,
      store: this.storage.queries,
      node,
      hash: sha256,
      codec: jsonCodec,
      timers: naps.timers(),
      stopwatch: clock,
      random: random.fork(),
      newId: seededIds(clock, random.fork()),
      incarnation: this.storage.incarnation,
      observer: linkObserver(breaker, this.sessions, fail),
    };
    this.#session = createSessionParts(nodeParts, parts.isShop ? {} : null);
    this.ledger = withBorrowing({ ...this.#session, breaker, waitMs: BORROW_WAIT_MS });
  }

  async listen(): Promise<void> {
    await this.#session.log.start();
    const hub = await createHub(this.#session);
    const { network, lines } = this.#parts;
    network.listen({
      lifetime: this.#lifetime,
      authenticate: (node, secret) => hub.authenticate(node, secret),
      accept: (node, connection) => hub.accept(node, lines.tap(node, connection)),
    });
  }

  async call(enrolment: string): Promise<void> {
    await this.#session.log.start();
    const { network, lines } = this.#parts;
    const { node } = this;
    await createStore({
      ...this.#session,
      enrolment,
      dialer: {
        dial: async (secret) => {
          const connection = await network.dial(node, node, secret, this.#lifetime);
          return lines.tap(node, connection);
        },
      },
    });
  }

  end(): void {
    this.#lifetime.end();
  }
}

function linkObserver(
  breaker: StopwatchBreaker,
  sessions: Map<string, number>,
  fail: (error: unknown) => void,
): NodeObserver {
  const nothing = () => undefined;
  return {
    connected: (peer, session) => {
      breaker.reset(peer);
      sessions.set(peer, session);
    },
    disconnected: (peer) => void sessions.delete(peer),
    refused: (peer, reason) => fail(new Error(`${peer} is refused: ${reason}`)),
    received: nothing,
    sent: nothing,
    asked: nothing,
    failed: (_, error) => {
      if (isDefect(error)) fail(error);
    },
  };
}
