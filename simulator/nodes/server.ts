import { createHash } from 'node:crypto';
import { InvariantError } from '../../src/domain/invariant.ts';
import { createLedger, type LedgerSettings } from '../../src/ledger/createLedger.ts';
import { StoreError } from '../../src/ledger/errors.ts';
import { createIds } from '../../src/ledger/ids.ts';
import type { Ledger, SharingLedger } from '../../src/ledger/ledger.ts';
import { type LedgerObserver, NO_OBSERVER } from '../../src/ledger/observer.ts';
import type { Clock } from '../../src/ledger/ports.ts';
import { steadyClock } from '../../src/ledger/steadyClock.ts';
import type { Incarnation } from '../../src/nodes/incarnation.ts';
import { createPlaceFinder } from '../../src/queries/places.ts';
import type { QueryStore } from '../../src/queries/store.ts';
import { type MachineClock, processTimers } from '../kernel/machineTime.ts';
import { Lifetime, type Scheduler } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import { type MemoryStorage, openMemoryStorage } from '../memoryStorage/open.ts';
import type { Seams } from '../mutations/seams.ts';
import type { Disk } from './disk.ts';
import { pausing } from './pausing.ts';
import { faultySteps, type StoreWeather } from './storeFaults.ts';

const SETTINGS: LedgerSettings = {
  commitLinesMax: 1_000,
  queueWaitMaxMs: 2_000,
  holdLifeMaxMs: 7 * 86_400_000,
  keyLifeMs: 86_400_000,
  sweepIntervalMs: 250,
};

export interface ServerParts {
  readonly name: string;
  readonly disk: Disk;
  readonly machine: MachineClock;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly weather: StoreWeather;
  readonly seams: Seams;
  /** Told of what only a defect can bring about. */
  readonly onDefect: (error: unknown) => void;
}

/** The inside of a process: what its links are made of. */
export interface Insides {
  readonly lifetime: Lifetime;
  readonly ledger: SharingLedger;
  readonly queries: QueryStore;
  readonly incarnation: Incarnation;
  readonly parts: ServerParts;
}

/** One process that serves a node: the real ledger on the disk of a machine. It runs until it is killed. */
export class Server {
  readonly name: string;
  readonly lifetime: Lifetime;
  readonly insides: Insides;
  /** What clients talk to; null until the process is ready for them. */
  ledger: Ledger | null = null;
  readonly #storage: MemoryStorage;
  readonly #disk: Disk;

  constructor(parts: ServerParts) {
    const { name, disk, scheduler, random } = parts;
    this.name = name;
    this.#disk = disk;
    this.lifetime = new Lifetime(scheduler);
    this.#storage = openStorage(parts, this.lifetime);
    const ledger = openLedger(parts, this.lifetime, this.#storage);
    const news = random.fork();
    ledger.onCommit((position) => {
      disk.announcements.announce(this.lifetime, position, news, parts.weather.fault);
    });
    const { queries, incarnation } = this.#storage;
    this.insides = {
      lifetime: this.lifetime,
      ledger,
      queries: pausing(queries, this.lifetime, random.fork()),
      incarnation: parts.seams.incarnation?.(incarnation) ?? incarnation,
      parts,
    };
  }

  /** Ends at once: what was not durable is lost, and nobody who waits for an answer gets one. */
  kill(): void {
    this.lifetime.end();
    this.#storage.crash();
    this.#disk.lock.abandon(this.lifetime);
  }
}

function openStorage(parts: ServerParts, lifetime: Lifetime): MemoryStorage {
  const { disk, random, weather, seams } = parts;
  const faults = random.fork();
  const lock = disk.lock.of(lifetime);
  return openMemoryStorage({
    tables: disk.tables,
    clock: ledgerClock(parts),
    outside: disk.outside,
    turns: seams.lock?.(lock) ?? lock,
    onStep: faultySteps(lifetime, faults, weather),
    onProof: () => lifetime.pause(faults.around(weather.stepMs)),
  });
}

function ledgerClock({ disk, machine, seams }: ServerParts): Clock {
  const steady = steadyClock(machine, machine, () => undefined);
  steady.startFrom(disk.tables.head.time);
  return seams.clock?.(steady, machine) ?? steady;
}

function openLedger(parts: ServerParts, lifetime: Lifetime, storage: MemoryStorage): SharingLedger {
  const { disk, machine, random, seams } = parts;
  const store = seams.store?.(storage.ledger, disk) ?? storage.ledger;
  const ledger = createLedger({
    store,
    finder: createPlaceFinder(storage.queries),
    stopwatch: machine,
    timers: processTimers(lifetime, machine, random.fork()),
    random: random.fork(),
    observer: defectObserver(parts),
    settings: SETTINGS,
  });
  return seams.ledger?.(ledger, disk) ?? ledger;
}

/** A store may fail in many ways; any other error is a defect. */
function defectObserver({ onDefect }: ServerParts): LedgerObserver {
  return {
    ...NO_OBSERVER,
    failed: (error) => {
      if (isDefect(error)) onDefect(error);
    },
  };
}

export function isDefect(error: unknown): boolean {
  if (error instanceof InvariantError) return true;
  return error instanceof TypeError || !(error instanceof Error);
}

export function isStoreTrouble(error: unknown): boolean {
  return error instanceof StoreError;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** UUIDv7s of a process or a client. */
export function seededIds(clock: Clock, random: SeededRandom): () => string {
  return createIds(clock, random);
}
