import { createHash } from 'node:crypto';
import type { OnStep } from '../../../simulator/memoryStorage/ledgerStore.ts';
import {
  type MemoryStorage,
  newOutside,
  type Outside,
  openMemoryStorage,
} from '../../../simulator/memoryStorage/open.ts';
import { copyTables, emptyTables, type Tables } from '../../../simulator/memoryStorage/tables.ts';
import { Turns } from '../../../simulator/memoryStorage/turns.ts';
import { createLedger, type RunningLedger } from '../../../src/ledger/createLedger.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { withBorrowing } from '../../../src/nodes/borrowing.ts';
import { jsonCodec } from '../../../src/nodes/http/codec.ts';
import { createSessionParts, type SessionParts } from '../../../src/nodes/sessionParts.ts';
import { StopwatchBreaker } from '../../../src/nodes/stopwatchBreaker.ts';
import { createPlaceFinder } from '../../../src/queries/places.ts';
import { Figures, SETTINGS } from '../testLedger.ts';
import { seededRandom, type VirtualTime } from '../virtualTime.ts';
import { ProcessTimers } from './processTime.ts';
import { Told } from './told.ts';

/** How long a buyer waits for other nodes, and how long a silent peer is left alone. */
export const WAIT_MS = 250;
const SILENCE_MS = 5_000;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A machine's disk: the tables of its database, and what it keeps outside of them. It outlives every process. */
export interface Disk {
  tables: Tables;
  outside: Outside;
  turns: Turns;
  /** Told of each commit of a process on this database. */
  readonly onCommits: Set<(position: number) => void>;
}

export function newDisk(node: string): Disk {
  const tables = emptyTables(node);
  return { tables, outside: newOutside(tables), turns: new Turns(), onCommits: new Set() };
}

/** A whole disk, what is kept outside of the database included. */
export function copyDisk({ tables, outside }: Disk): Disk {
  return {
    tables: copyTables(tables),
    outside: { ...outside },
    turns: new Turns(),
    onCommits: new Set(),
  };
}

export interface ProcessOptions {
  readonly disk: Disk;
  readonly time: VirtualTime;
  /** Tells the processes of one test apart. */
  readonly seed: number;
  readonly newId: () => string;
  readonly onStep?: OnStep;
}

/** One process of a node: its ledger, and what its links work with. It runs until it is closed or killed. */
export class NodeProcess {
  readonly timers: ProcessTimers;
  readonly storage: MemoryStorage;
  readonly figures = new Figures();
  readonly told = new Told();
  readonly ledger: RunningLedger;
  readonly parts: SessionParts;
  /** As clients see it. */
  readonly api: Ledger;

  constructor({ disk, time, seed, newId, onStep }: ProcessOptions) {
    this.timers = new ProcessTimers(time);
    const { tables, outside, turns } = disk;
    this.storage = openMemoryStorage({
      tables,
      outside,
      turns,
      clock: time,
      ...(onStep && { onStep }),
    });
    const random = seededRandom(seed);
    const ports = { timers: this.timers, stopwatch: time, random };
    this.ledger = createLedger({
      ...ports,
      store: this.storage.ledger,
      finder: createPlaceFinder(this.storage.queries),
      observer: this.figures,
      settings: SETTINGS,
    });
    const base = {
      ...ports,
      ledger: this.ledger,
      store: this.storage.queries,
      node: tables.node,
      hash: sha256,
      codec: jsonCodec,
      newId,
      incarnation: this.storage.incarnation,
      observer: this.told,
      onForeignCommit: (listener: (position: number) => void) => {
        disk.onCommits.add(listener);
        return () => disk.onCommits.delete(listener);
      },
    };
    this.ledger.onCommit((position) => {
      for (const listener of disk.onCommits) listener(position);
    });
    this.parts = createSessionParts(base, null);
    const breaker = new StopwatchBreaker(time, SILENCE_MS);
    this.api = withBorrowing({ ...this.parts, breaker, waitMs: WAIT_MS });
  }

  /** As `kill -9`. */
  kill(): void {
    this.timers.kill();
    this.storage.crash();
  }

  async close(): Promise<void> {
    this.parts.log.close();
    await this.ledger.close();
    await this.storage.close();
  }
}
