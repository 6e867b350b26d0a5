import type { OnStep } from '../../simulator/memoryStorage/ledgerStore.ts';
import { type MemoryStorage, openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables, type Tables } from '../../simulator/memoryStorage/tables.ts';
import type { Command, Line } from '../../src/domain/commands.ts';
import type { Level } from '../../src/domain/stock.ts';
import {
  createLedger,
  type LedgerSettings,
  type RunningLedger,
} from '../../src/ledger/createLedger.ts';
import type { Answer, Work } from '../../src/ledger/ledger.ts';
import type { CommitFigures, LedgerObserver } from '../../src/ledger/observer.ts';
import { createPlaceFinder } from '../../src/queries/places.ts';
import { seededRandom, settle, VirtualTime } from './virtualTime.ts';

export const SETTINGS: LedgerSettings = {
  commitLinesMax: 1_000,
  queueWaitMaxMs: 2_000,
  holdLifeMaxMs: 7 * 86_400_000,
  keyLifeMs: 86_400_000,
  sweepIntervalMs: 250,
};

/** What the ledger told whoever measures it. */
export class Figures implements LedgerObserver {
  readonly commits: CommitFigures[] = [];
  readonly failures: unknown[] = [];
  shedCount = 0;
  retries = 0;
  abandonedCount = 0;

  committed(figures: CommitFigures): void {
    this.commits.push(figures);
  }
  shed(): void {
    this.shedCount += 1;
  }
  retried(): void {
    this.retries += 1;
  }
  abandoned(count: number): void {
    this.abandonedCount += count;
  }
  failed(error: unknown): void {
    this.failures.push(error);
  }
}

interface Options {
  readonly tables?: Tables;
  readonly settings?: Partial<LedgerSettings>;
  readonly onStep?: OnStep;
  readonly time?: VirtualTime;
}

/** A real ledger on the in-memory engine and on virtual time. */
export class TestLedger {
  readonly time: VirtualTime;
  readonly tables: Tables;
  readonly figures = new Figures();
  readonly storage: MemoryStorage;
  readonly ledger: RunningLedger;
  #ids = 0;

  constructor({ tables, settings, onStep, time }: Options = {}) {
    this.time = time ?? new VirtualTime();
    this.tables = tables ?? emptyTables('test');
    this.storage = openMemoryStorage({
      tables: this.tables,
      clock: this.time,
      ...(onStep && { onStep }),
    });
    this.ledger = createLedger({
      store: this.storage.ledger,
      finder: createPlaceFinder(this.storage.queries),
      stopwatch: this.time,
      timers: this.time,
      random: seededRandom(1),
      observer: this.figures,
      settings: { ...SETTINGS, ...settings },
    });
  }

  submit(items: Work['items'], fields: Partial<Work> = {}): Promise<Answer> {
    return this.ledger.submit({ actor: 'ann', requestId: 'q', items, ...fields });
  }

  /** @returns what came of one command, in a word: a status, `ok`, or the refusal's code */
  async ask(command: Command, fields: Partial<Work> = {}): Promise<string> {
    return inAWord(await this.submit([{ command }], fields));
  }

  /** Puts products, a location `north` and `quantity` of each product into the books. */
  async stock(quantity: number, ...skus: readonly string[]): Promise<void> {
    await this.ask({ type: 'putLocation', location: 'north', content: PLACE });
    for (const sku of skus) {
      await this.ask({ type: 'putProduct', sku, content: { ...THING, name: sku } });
      await this.ask({ type: 'receive', sku, location: 'north', quantity });
    }
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  async level(sku: string): Promise<Level | undefined> {
    return this.storage.queries.level(sku, 'north');
  }

  async close(): Promise<void> {
    const closed = this.ledger.close();
    await settle();
    await closed;
  }
}

const PLACE = { name: 'North', kind: 'store', attributes: null } as const;
const THING = { description: null, category: null, attributes: null };

function inAWord(answer: Answer): string {
  if (answer.kind === 'keyReused') return 'idempotency_key_reused';
  if (answer.kind === 'refused') return answer.refusal.code;
  const [item] = answer.items;
  switch (item?.outcome.kind) {
    case 'refused':
      return item.outcome.refusal.code;
    case 'reservation':
      return item.outcome.reservation.status;
    case 'transfer':
      return item.outcome.transfer.status;
    case 'keyReused':
      return 'idempotency_key_reused';
    default:
      return 'ok';
  }
}

export function reserve(reservationId: string, lines: readonly Line[], ttlSeconds = 900): Command {
  return { type: 'reserve', reservationId, lines, ttlSeconds, reference: null, metadata: null };
}

export function at(sku: string, quantity: number): Line {
  return { sku, location: 'north', quantity };
}
