import type { Command, Line as CommandLine } from '../../../domain/commands.ts';
import type { Refusal } from '../../../domain/refusals.ts';
import { createIds } from '../../../ledger/ids.ts';
import type { Answer } from '../../../ledger/ledger.ts';
import { add } from '../totals.ts';
import { ACTOR, type Chain, type ChainShop } from './chain.ts';
import type { Draws } from './draws.ts';
import type { ChainNode } from './node.ts';
import type { Happening } from './plan.ts';
import type { Basket } from './sales.ts';
import { Shelves } from './shelves.ts';
import type { ChainTally, Counter } from './tally.ts';

/** Within this time everything is done that follows from a sale at once. */
const AFTERMATH_MS = 100;
/** And that follows from a delivery: the planner of a shop looks every second. */
const UNLOADING_MS = 2_000;
/** A shop that has found its hub again hears it out for two seconds, before units are moved to where they are to be. */
const REUNION_MS = 4_000;
const TTL_SECONDS = 900;

/** Plays what happens, one thing after another, on a chain of nodes. */
export class Player {
  readonly shelves = new Shelves();
  readonly #chain: Chain;
  readonly #tally: ChainTally;
  readonly #newId: () => string;
  /** Reservations of baskets that were bought online and not picked up yet, by basket. */
  readonly #orders = new Map<string, string>();
  /** Baskets that the shop did not know of when they were asked for, by shop. */
  readonly #delayed = new Map<string, Basket[]>();

  constructor(chain: Chain, tally: ChainTally, draws: Draws) {
    this.#chain = chain;
    this.#tally = tally;
    this.#newId = createIds(chain.time, draws.row('buyers'));
    for (const { parts } of chain.nodes) {
      parts.log.onGrowth((events) => tally.takeEvents(events));
    }
  }

  async play(happening: Happening): Promise<void> {
    const { time, hub } = this.#chain;
    const shop = this.#chain.shop(happening.shop);
    time.wake([hub.machine, shop.machine]);
    time.skipTo(happening.time);
    await this.#happens(happening, shop);
  }

  async #happens(happening: Happening, shop: ChainShop): Promise<void> {
    switch (happening.kind) {
      case 'delivery':
        return this.#receive(shop, happening.units);
      case 'cut':
        return this.#cut(shop);
      case 'mend':
        return this.#mend(shop, happening.shop);
      case 'sale':
        return this.#sell(shop, happening.basket);
      case 'order':
        return this.#order(shop, happening.basket);
      case 'pickUp':
        return this.#pickUp(shop, happening.basket);
    }
  }

  async #receive(shop: ChainShop, units: ReadonlyMap<string, number>): Promise<void> {
    const { location } = shop;
    const commands = Array.from(units, ([sku, quantity]) => {
      return { type: 'receive', sku, location, quantity, reason: 'invented delivery' } as const;
    });
    const refusal = await this.#submit(shop, commands);
    if (refusal !== null) return this.#tally.noteFault(new UnexpectedRefusal('delivery', refusal));
    for (const { sku, quantity } of commands) {
      this.shelves.change(sku, location, quantity);
      add(this.#tally.delivered, 1, quantity);
    }
    await this.#chain.time.pass(UNLOADING_MS);
  }

  async #cut({ line }: ChainShop): Promise<void> {
    this.#tally.cuts += 1;
    line.cut();
    await this.#chain.time.pass(AFTERMATH_MS);
  }

  async #mend(shop: ChainShop, id: string): Promise<void> {
    shop.line.mend();
    await this.#chain.time.pass(REUNION_MS);
    const delayed = this.#delayed.get(id) ?? [];
    this.#delayed.delete(id);
    for (const basket of delayed) await this.#pickUp(shop, basket);
  }

  async #sell(shop: ChainShop, basket: Basket): Promise<void> {
    await this.#buy(shop, basket, 'store', (lines) => {
      const reservationId = this.#newId();
      return this.#submit(shop, [
        reserve(reservationId, lines),
        { type: 'confirm', reservationId },
        { type: 'fulfil', reservationId },
      ]);
    });
  }

  async #order(shop: ChainShop, basket: Basket): Promise<void> {
    const { hub } = this.#chain;
    await this.#buy(shop, basket, 'online', async (lines) => {
      const reservationId = this.#newId();
      const refusal = await this.#submit(hub, [reserve(reservationId, lines)]);
      if (refusal !== null) return refusal;
      this.#orders.set(basket.id, reservationId);
      return this.#submit(hub, [{ type: 'confirm', reservationId }]);
    });
  }

  async #pickUp(shop: ChainShop, basket: Basket): Promise<void> {
    const reservationId = this.#orders.get(basket.id);
    if (reservationId === undefined) return;
    const refusal = await this.#submit(shop, [{ type: 'fulfil', reservationId }]);
    if (refusal !== null) return this.#delay(basket, refusal);
    this.#orders.delete(basket.id);
    const handedOver = await shop.storage.queries.reservation(reservationId);
    const lines = handedOver?.lines ?? [];
    const units = lines.reduce((sum, { fulfilled }) => sum + fulfilled, 0);
    add(this.#tally.pickedUp, lines.length, units);
    await this.#chain.time.pass(AFTERMATH_MS);
  }

  /** The shop has not heard of it: whoever came for it waits until the line is whole. */
  #delay(basket: Basket, refusal: Refusal): void {
    if (!this.#chain.shop(basket.shop).line.isCut) {
      this.#tally.noteFault(new UnexpectedRefusal('pick-up', refusal));
      return;
    }
    this.#tally.pickUpsDelayed += 1;
    const waiting = this.#delayed.get(basket.shop) ?? [];
    this.#delayed.set(basket.shop, [...waiting, basket]);
  }

  /** Asks for the whole basket; without what is refused, should something be, for customers take what they can get. */
  async #buy(
    shop: ChainShop,
    basket: Basket,
    counter: Counter,
    ask: (lines: readonly CommandLine[]) => Promise<Refusal | null>,
  ): Promise<void> {
    const wanted = linesOf(basket, shop.location);
    this.#countWanted(shop, wanted);
    let lines = wanted;
    while (lines.length > 0) {
      const refusal = await ask(lines);
      if (refusal === null) break;
      lines = this.#withoutShort(shop, lines, refusal, counter);
    }
    for (const { sku, location, quantity } of lines) {
      this.shelves.change(sku, location, -quantity);
      add(this.#tally.sold[counter], 1, quantity);
    }
    this.#countBasket(lines.length, wanted.length);
    await this.#chain.time.pass(AFTERMATH_MS);
  }

  #withoutShort(
    shop: ChainShop,
    lines: readonly CommandLine[],
    refusal: Refusal,
    counter: Counter,
  ): readonly CommandLine[] {
    const shortages = refusal.code === 'insufficient_stock' ? refusal.shortages : [];
    const short = new Set(shortages.map(({ sku }) => sku));
    const rest = lines.filter(({ sku }) => !short.has(sku));
    if (rest.length === lines.length) {
      this.#tally.noteFault(new UnexpectedRefusal('basket', refusal));
      return [];
    }
    for (const line of lines) if (short.has(line.sku)) this.#countRefused(shop, line, counter);
    return rest;
  }

  #countWanted(shop: ChainShop, lines: readonly CommandLine[]): void {
    for (const { quantity } of lines) {
      add(this.#tally.wanted, 1, quantity);
      if (shop.line.isCut) add(this.#tally.wantedWhileCut, 1, quantity);
    }
  }

  /** Nothing was sold of this basket since the shelves were counted, so what they show is what there is. */
  #countRefused(
    { line }: ChainShop,
    { sku, location, quantity }: CommandLine,
    counter: Counter,
  ): void {
    const { trulyRefused, falselyRefused, falselyRefusedAt } = this.#tally;
    if (this.shelves.free(sku, location) < quantity) {
      add(trulyRefused, 1, quantity);
      return;
    }
    add(falselyRefused[line.isCut ? 'cut' : 'whole'], 1, quantity);
    add(falselyRefusedAt[counter], 1, quantity);
  }

  #countBasket(sold: number, wanted: number): void {
    const { baskets } = this.#tally;
    baskets.wanted += 1;
    if (sold === wanted) baskets.whole += 1;
    else if (sold > 0) baskets.part += 1;
    else baskets.none += 1;
  }

  /** All or nothing. @returns why not */
  async #submit(node: ChainNode, commands: readonly Command[]): Promise<Refusal | null> {
    const items = commands.map((command) => ({ command }));
    const work = { actor: ACTOR, requestId: this.#newId(), items, atomic: true };
    return refusalOf(await this.#chain.time.until(node.ledger.submit(work)));
  }
}

/** The chain did not do what nothing stood in the way of. */
class UnexpectedRefusal extends Error {
  override readonly name = 'UnexpectedRefusal';

  constructor(what: string, { code }: Refusal) {
    super(`a ${what} was refused: ${code}`);
  }
}

function reserve(reservationId: string, lines: readonly CommandLine[]): Command {
  const ttlSeconds = TTL_SECONDS;
  return { type: 'reserve', reservationId, lines, ttlSeconds, reference: null, metadata: null };
}

function linesOf({ units }: Basket, location: string): readonly CommandLine[] {
  return Array.from(units, ([sku, quantity]) => ({ sku, location, quantity }));
}

function refusalOf(answer: Answer): Refusal | null {
  if (answer.kind === 'refused') return answer.refusal;
  if (answer.kind === 'keyReused') throw new Error('no work of a replay has an idempotency key');
  return null;
}
