import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import type { Command } from '../../src/domain/commands.ts';
import { createLedger, type RunningLedger } from '../../src/ledger/createLedger.ts';
import type { ItemAnswer } from '../../src/ledger/ledger.ts';
import type { Clock } from '../../src/ledger/ports.ts';
import { createQueries, type Queries } from '../../src/queries/queries.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { lendDatabase } from './postgres/lentDatabase.ts';
import { StandingTime } from './standingTime.ts';
import { Figures, SETTINGS } from './testLedger.ts';
import { seededRandom } from './virtualTime.ts';

/** An engine to run the read side on, with a clock of the test's. */
export interface Engine {
  readonly name: string;
  open(clock: Clock): Promise<Storage>;
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'memory',
    open: async (clock) => openMemoryStorage({ tables: emptyTables('test'), clock }),
  },
  { name: 'sqlite', open: openInFolderOfItsOwn },
  { name: 'postgres', open: openLentDatabase },
];

async function openLentDatabase(clock: Clock): Promise<Storage> {
  const { url, drop } = await lendDatabase('test');
  const storage = await openPostgresStorage({ url, clock, machine: createRuntime() });
  const close = async () => {
    await storage.close();
    await drop();
  };
  return { ...storage, close };
}

async function openInFolderOfItsOwn(clock: Clock): Promise<Storage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-queries-'));
  const storage = await openSqliteStorage({ path: path.join(folder, 'test.db'), clock });
  const close = async () => {
    await storage.close();
    await rm(folder, { recursive: true });
  };
  return { ...storage, close };
}

/** 2026-11-20T08:00:00Z. */
export const START = Date.UTC(2026, 10, 20, 8);

/** A ledger with its read side, on a clock that stands still unless it is told to go. */
export class QueryStage {
  readonly time: StandingTime;
  readonly storage: Storage;
  readonly ledger: RunningLedger;
  readonly queries: Queries;
  #requests = 0;

  private constructor(time: StandingTime, storage: Storage) {
    this.time = time;
    this.storage = storage;
    this.ledger = createLedger({
      store: storage.ledger,
      stopwatch: time,
      timers: time,
      random: seededRandom(1),
      observer: new Figures(),
      settings: SETTINGS,
    });
    this.queries = createQueries({ store: storage.queries, ledger: this.ledger });
  }

  static async open(engine: Engine): Promise<QueryStage> {
    const time = new StandingTime(START);
    return new QueryStage(time, await engine.open(time));
  }

  /** Submits the commands as one work and lets the clock stand until it is answered. */
  async submit(...commands: readonly Command[]): Promise<readonly ItemAnswer[]> {
    this.#requests += 1;
    const items = commands.map((command) => ({ command }));
    const work = { actor: 'test', requestId: `r${this.#requests}`, items };
    const answer = await this.time.until(this.ledger.submit(work));
    if (answer.kind !== 'done') throw new Error(`the work was ${answer.kind}`);
    return answer.items;
  }

  /** As `submit`, for commands that must be accepted. */
  async accept(...commands: readonly Command[]): Promise<void> {
    for (const { outcome } of await this.submit(...commands)) {
      if (outcome.kind === 'refused') throw new Error(`refused: ${outcome.refusal.code}`);
    }
  }

  async stocked(skus: readonly string[], locations: readonly string[]): Promise<void> {
    const about = { description: null, category: null, attributes: null };
    await this.accept(
      ...skus.map((sku) => ({
        type: 'putProduct' as const,
        sku,
        content: { name: `Product ${sku}`, ...about },
      })),
      ...locations.map((location) => ({
        type: 'putLocation' as const,
        location,
        content: { name: `Location ${location}`, kind: 'store' as const, attributes: null },
      })),
    );
  }

  async close(): Promise<void> {
    await this.time.until(this.ledger.close());
    await this.storage.close();
  }
}
