import type { Command } from '../../src/domain/commands.ts';
import type { Level } from '../../src/domain/stock.ts';
import { levelKey, onHand } from '../../src/domain/stock.ts';
import type { Answer, Work } from '../../src/ledger/ledger.ts';
import type { Tables } from '../memoryStorage/tables.ts';
import type { Arrival, Side } from './arrival.ts';
import type { Demand, LineState } from './figures.ts';
import type { Line } from './line.ts';
import type { Machine } from './machine.ts';
import type { Movements } from './movements.ts';
import type { Delivery, ShopScript } from './script.ts';
import type { Tally } from './tally.ts';

/** A buyer who was served later than this has waited for another node. */
const WAITED_MS_MIN = 10;

const HOLD_SECONDS = 900;

export interface ShopParts {
  readonly location: string;
  readonly hub: Machine;
  readonly machine: Machine;
  readonly script: ShopScript;
  readonly line: Line;
  readonly movements: Movements;
  readonly tally: Tally;
  readonly now: () => number;
  readonly newId: () => string;
}

/** A shop, with those who buy in it or online what lies there. Who has bought online picks it up after the story ends. */
export class Shop {
  readonly location: string;
  readonly machine: Machine;
  readonly script: ShopScript;
  readonly line: Line;
  readonly #parts: ShopParts;
  /** Units that have come and gone. */
  #goods = 0;

  constructor(parts: ShopParts) {
    this.#parts = parts;
    this.location = parts.location;
    this.machine = parts.machine;
    this.script = parts.script;
    this.line = parts.line;
  }

  /** Units that lie in the shop, or were sold online and not picked up. */
  get goods(): number {
    return this.#goods;
  }

  /** Goods come, as many as are missing. */
  async deliver({ levels }: Delivery): Promise<void> {
    const items = [...levels].flatMap(([sku, wanted]) => {
      const quantity = wanted - this.available(sku, 'shop') - this.available(sku, 'online');
      const receive: Command = { type: 'receive', sku, location: this.location, quantity };
      return quantity > 0 ? [{ command: receive, quantity }] : [];
    });
    if (items.length === 0) return;
    await this.machine.ledger.submit(this.#work(items.map(({ command }) => ({ command }))));
    for (const { quantity } of items) this.#goods += quantity;
  }

  async serve({ sku, side, quantity }: Arrival): Promise<void> {
    const { line, tally, now } = this.#parts;
    const wasUp = line.isUp;
    const begunAt = now();
    const answer = await this.#buy(sku, side, quantity);
    const state: LineState = wasUp && line.isUp ? 'connected' : 'cut';
    const waitedMs = now() - begunAt;
    if (waitedMs >= WAITED_MS_MIN) tally.waited(waitedMs);
    const fate = this.#fateOf(answer, sku, quantity);
    if (fate === 'sold' && side === 'shop') this.#goods -= quantity;
    if (fate === 'refusedFalsely') tally.refusedFalsely(this.location, sku, side);
    tally.count(state, side, fate, quantity);
  }

  #buy(sku: string, side: Side, quantity: number): Promise<Answer> {
    const { hub } = this.#parts;
    const { location } = this;
    if (side === 'shop') {
      return this.machine.ledger.submit(
        this.#work([{ command: { type: 'sell', sku, location, quantity } }]),
      );
    }
    const reservationId = this.#parts.newId();
    const reserve: Command = {
      type: 'reserve',
      reservationId,
      lines: [{ sku, location, quantity }],
      ttlSeconds: HOLD_SECONDS,
      reference: null,
      metadata: null,
    };
    const confirm: Command = { type: 'confirm', reservationId };
    return hub.ledger.submit(this.#work([{ command: reserve }, { command: confirm }]));
  }

  #work(items: Work['items']): Work {
    return { actor: 'world', requestId: this.#parts.newId(), items, atomic: true };
  }

  #fateOf(answer: Answer, sku: string, quantity: number): Exclude<keyof Demand, 'units'> {
    if (answer.kind === 'done') return 'sold';
    const code = answer.kind === 'refused' ? answer.refusal.code : answer.kind;
    if (code !== 'insufficient_stock') throw new Error(`a buyer was told ${code}`);
    return this.promisable(sku) >= quantity ? 'refusedFalsely' : 'soldOut';
  }

  /** Units that could have been sold, whoever owns them. */
  promisable(sku: string): number {
    const underWay = this.#parts.movements.inFlight(sku, this.location);
    return this.available(sku, 'shop') + this.available(sku, 'online') + underWay;
  }

  /** Units of one of the two owners. */
  available(sku: string, side: Side): number {
    return Math.max(this.#level(sku, side)?.available ?? 0, 0);
  }

  /** Units in the books of both owners. */
  get booked(): number {
    const { hub } = this.#parts;
    const units = ({ levels }: Tables) =>
      [...levels.values()]
        .filter(({ location }) => location === this.location)
        .reduce((sum, level) => sum + onHand(level), 0);
    return units(hub.tables) + units(this.machine.tables);
  }

  #level(sku: string, side: Side): Level | undefined {
    const { tables } = side === 'shop' ? this.machine : this.#parts.hub;
    return tables.levels.get(levelKey(sku, this.location));
  }
}
