import { randomUUID } from 'node:crypto';
import type { LocationContent } from '../../domain/catalogue.ts';
import type { Command } from '../../domain/commands.ts';
import { isMovement } from '../../domain/events.ts';
import { invariant } from '../../domain/invariant.ts';
import { onHand } from '../../domain/stock.ts';
import type { Item, Ledger } from '../../ledger/ledger.ts';
import type { Outcome } from '../../ledger/outcome.ts';
import type { Clock } from '../../ledger/ports.ts';
import { eachLevel } from '../../queries/eachLevel.ts';
import type { QueryStore } from '../../queries/store.ts';
import { CommandError } from '../exitCodes.ts';
import type {
  Booked,
  BookedMovement,
  KnownLocation,
  LoadLimits,
  NamedProduct,
  PlayResult,
  ReplayTarget,
} from './target.ts';

/** Goes where it is put. */
export class DrivenClock implements Clock {
  #time: number;

  /** @param time milliseconds since 1970 */
  constructor(time: number) {
    this.#time = time;
  }

  now(): number {
    return this.#time;
  }

  moveTo(time: number): void {
    this.#time = time;
  }
}

const ACTOR = 'replay';
const ROWS_PER_READ = 1_000;
const PRODUCTS_PER_WORK = 1_000;
const LIMITS: LoadLimits = { commandsMax: 3_000, linesMax: 10_000, oneTime: true };

/** A ledger on a database that this process has open, with a clock that follows the file. */
export class LedgerTarget implements ReplayTarget {
  readonly load = LIMITS;
  readonly #ledger: Ledger;
  readonly #queries: QueryStore;
  readonly #clock: DrivenClock;
  readonly #requestId = randomUUID();

  constructor(ledger: Ledger, queries: QueryStore, clock: DrivenClock) {
    this.#ledger = ledger;
    this.#queries = queries;
    this.#clock = clock;
  }

  location(location: string): Promise<KnownLocation | undefined> {
    return this.#queries.location(location);
  }

  async putLocation(location: string, content: LocationContent, time: number): Promise<void> {
    await this.#turnTo(time);
    await this.#submit([{ type: 'putLocation', location, content }]);
  }

  async productCodes(): Promise<Set<string>> {
    const codes = new Set<string>();
    let after: { readonly after?: string } = {};
    for (;;) {
      const products = await this.#queries.products({ ...after, limit: ROWS_PER_READ });
      for (const { sku } of products) codes.add(sku);
      const last = products.at(-1);
      if (!last) return codes;
      after = { after: last.sku };
    }
  }

  async putProducts(products: readonly NamedProduct[]): Promise<void> {
    for (let first = 0; first < products.length; first += PRODUCTS_PER_WORK) {
      const some = products.slice(first, first + PRODUCTS_PER_WORK);
      await this.#submit(some.map((product) => ({ type: 'putProduct', ...product })));
    }
  }

  async *movements(location: string): AsyncGenerator<BookedMovement> {
    const { position: end } = await this.#queries.head();
    const types = ['receive', 'return', 'adjust'] as const;
    let after = 0;
    while (after < end) {
      const page = { after, limit: ROWS_PER_READ, location, types };
      const { events, scanned } = await this.#queries.events(page);
      for (const event of events) {
        const reference = event.details?.reference;
        if (reference !== undefined && isMovement(event)) {
          yield { reference, units: event.quantity };
        }
      }
      after = scanned;
    }
  }

  async fulfilled(reservationId: string): Promise<Booked | undefined> {
    const reservation = await this.#queries.reservation(reservationId);
    if (reservation?.status !== 'fulfilled') return undefined;
    const units = reservation.lines.reduce((sum, line) => sum + line.fulfilled, 0);
    return { lines: reservation.lines.length, units };
  }

  async stock(location: string): Promise<Map<string, number>> {
    const stock = new Map<string, number>();
    for await (const level of eachLevel(this.#queries, { location })) {
      stock.set(level.sku, onHand(level));
    }
    return stock;
  }

  async play(commands: readonly Command[], time: number): Promise<readonly PlayResult[]> {
    await this.#turnTo(time);
    return (await this.#submit(commands)).map(resultOf);
  }

  /**
   * Looked at before each commit, for another process may have the database open too.
   * @throws {CommandError} when the log is past that time, which then could not be told in it
   */
  async #turnTo(time: number): Promise<void> {
    this.#clock.moveTo(time);
    const logTime = await this.#ledger.now();
    if (logTime > time) throw laterLog(logTime, time);
  }

  async #submit(commands: readonly Command[]): Promise<readonly Outcome[]> {
    const answer = await this.#ledger.submit({
      actor: ACTOR,
      requestId: this.#requestId,
      items: commands.map(itemOf),
    });
    invariant(answer.kind === 'done', () => `a work that is not atomic was ${answer.kind}`);
    return answer.items.map(({ outcome }) => outcome);
  }
}

/**
 * A key for each movement, so that two runs at the same time book it once. Keys are pruned after a while of the
 * ledger's time; a run that has fallen so far behind another one is refused for its time.
 */
function itemOf(command: Command): Item {
  const reference = 'reference' in command ? command.reference : undefined;
  if (command.type === 'reserve' || !reference) return { command };
  return { command, key: { key: reference, fingerprint: 'replay' } };
}

function resultOf(outcome: Outcome): PlayResult {
  switch (outcome.kind) {
    case 'refused':
      return { kind: 'refused', code: outcome.refusal.code };
    case 'movement':
      return {
        kind: 'booked',
        lines: 1,
        units: isMovement(outcome.event) ? outcome.event.quantity : 0,
      };
    case 'reservation': {
      const { lines } = outcome.reservation;
      const units = lines.reduce((sum, line) => sum + line.fulfilled, 0);
      return { kind: 'booked', lines: lines.length, units };
    }
    default:
      return { kind: 'booked', lines: 0, units: 0 };
  }
}

function laterLog(logTime: number, time: number): CommandError {
  return new CommandError(
    `the log of this database has come to ${iso(logTime)}, and what is to be played next happened at ${iso(time)}: time in the log never runs backward. Play into an empty database (--database), or into the running server (--url), where the date travels as occurredAt`,
    'usage',
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
