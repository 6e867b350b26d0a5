import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MovementCommandType } from '../../src/domain/commands.ts';
import { isMovement, type Movement } from '../../src/domain/events.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import { inFlight, lentUnits } from '../../src/domain/links/share.ts';
import { onHand } from '../../src/domain/stock.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { LinkedPair, type PairNode } from '../support/linkedPair.ts';
import { at, reserve } from '../support/testLedger.ts';

const SKUS = ['apple', 'pear'] as const;
type Sku = (typeof SKUS)[number];
type Side = 'hub' | 'shop';

/** One thing that happens at one of two nodes, or between them. */
type Step =
  | {
      readonly does: 'move';
      readonly side: Side;
      readonly type: MovementCommandType;
      readonly sku: Sku;
      readonly units: number;
      readonly allowShortfall: boolean;
    }
  | {
      readonly does: 'reserve';
      readonly side: Side;
      readonly lines: readonly (readonly [Sku, number])[];
    }
  | {
      readonly does: 'confirm' | 'cancel' | 'fulfil' | 'askCancel';
      readonly side: Side;
      /** How many open reservations were made after it. */
      readonly back: number;
    }
  | { readonly does: 'ask'; readonly side: Side; readonly sku: Sku; readonly units: number }
  | { readonly does: 'shareOut' | 'repeat'; readonly side: Side }
  | { readonly does: 'carry'; readonly side: Side; readonly limit: number }
  | { readonly does: 'shakeHands' }
  | { readonly does: 'wait'; readonly seconds: number };

const side = fc.constantFrom<Side>('hub', 'shop');
const sku = fc.constantFrom(...SKUS);
const units = fc.integer({ min: 1, max: 9 });

function steps(withShortfalls: boolean): fc.Arbitrary<readonly Step[]> {
  const step = fc.oneof(
    { weight: 6, arbitrary: moveStep(withShortfalls) },
    { weight: 4, arbitrary: reserveStep },
    { weight: 6, arbitrary: changeStep },
    { weight: 6, arbitrary: carryStep },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('ask'), side, sku, units }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('shareOut', 'repeat'), side }) },
    { weight: 1, arbitrary: fc.constant<Step>({ does: 'shakeHands' }) },
    { weight: 1, arbitrary: waitStep },
  );
  return fc.array(step, { minLength: 40, maxLength: 120, size: 'max' });
}

function moveStep(withShortfalls: boolean): fc.Arbitrary<Step> {
  const type = fc.constantFrom<MovementCommandType>(
    'receive',
    'receive',
    'receive',
    'sell',
    'sell',
    'count',
    'adjust',
    'return',
    'quarantine',
    'restore',
  );
  const allowShortfall = withShortfalls ? fc.boolean() : fc.constant(false);
  const shop = fc.constant<Side>('shop');
  return fc.record({ does: fc.constant('move'), side: shop, type, sku, units, allowShortfall });
}

const reserveStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constant('reserve'),
  side,
  lines: fc.array(fc.tuple(sku, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 2 }),
});

const changeStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('confirm', 'confirm', 'confirm', 'cancel', 'fulfil', 'fulfil', 'askCancel'),
  side,
  back: fc.nat(2),
});

const carryStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constant('carry'),
  side,
  limit: fc.integer({ min: 1, max: 8 }),
});

const waitStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constant('wait'),
  seconds: fc.constantFrom(1, 2, 20),
});

/** Two nodes to which random things happen, and what must hold after each of them. */
class Chaos {
  readonly #pair: LinkedPair;
  #ids = 0;
  /** What was carried last from each side. */
  readonly #carried = new Map<Side, LinkCommand>();
  /** SKUs of which goods were handed over that were not there. */
  readonly #short = new Set<string>();

  constructor(pair: LinkedPair) {
    this.#pair = pair;
  }

  /** Fills the shelf, and lets the hub have its share. */
  async begin(): Promise<void> {
    for (const name of SKUS) {
      await this.#pair.shop.accept({
        type: 'receive',
        sku: name,
        location: 'north',
        quantity: 20,
      });
    }
    await this.#shareOut('shop');
    await this.#pair.exchange();
  }

  async run(step: Step): Promise<void> {
    switch (step.does) {
      case 'move':
        return this.#move(step);
      case 'reserve':
        return this.#reserve(step);
      case 'confirm':
      case 'cancel':
      case 'fulfil':
      case 'askCancel':
        return this.#change(step);
      case 'ask':
        return this.#ask(step);
      case 'shareOut':
        return this.#shareOut(step.side);
      case 'carry':
        return this.#carry(step);
      case 'repeat':
        return this.#repeat(step.side);
      case 'shakeHands':
        return this.#pair.shakeHands();
      case 'wait':
        return this.#pair.time.advance(step.seconds * 1_000);
    }
  }

  async #move(step: Extract<Step, { does: 'move' }>): Promise<void> {
    const { type, allowShortfall } = step;
    const mayFallShort = allowShortfall && (type === 'sell' || type === 'count');
    const quantity = type === 'adjust' && step.units > 5 ? -step.units : step.units;
    const counted = quantity * 3;
    const node = this.#pair[step.side];
    const word = await node.ask({
      type,
      sku: step.sku,
      location: 'north',
      quantity: type === 'count' ? counted : quantity,
      ...(mayFallShort && { allowShortfall }),
    });
    if (type === 'count' && word === 'ok') {
      const lent = lentUnits(node.share(step.sku));
      expect(onHand(node.level(step.sku)) + lent).toBe(counted);
    }
    if (mayFallShort) this.#short.add(step.sku);
  }

  async #reserve({ side: on, lines }: Extract<Step, { does: 'reserve' }>): Promise<void> {
    const wanted = lines.map(([name, quantity]) => at(name, quantity));
    await this.#pair[on].ask(reserve(this.#newId(), wanted, 30));
  }

  async #change(step: Extract<Step, { readonly back: number }>): Promise<void> {
    const node = this.#pair[step.side];
    const open = [...node.book.tables.reservations.values()].filter(
      ({ status }) => status === 'held' || status === 'confirmed',
    );
    const reservationId = open.at(-1 - step.back)?.id;
    if (reservationId === undefined) return;
    if (step.does === 'askCancel') {
      const request = this.#newId();
      await node.accept({ type: 'askCancel', request, reservationId, peers: [node.peer] });
    } else await node.ask({ type: step.does, reservationId });
  }

  async #ask({ side: on, sku: name, units: wanted }: Extract<Step, { does: 'ask' }>) {
    const node = this.#pair[on];
    const wants = [{ peer: node.peer, sku: name, location: 'north', units: wanted }];
    await node.accept({ type: 'ask', request: this.#newId(), wants });
  }

  async #shareOut(on: Side): Promise<void> {
    const node = this.#pair[on];
    const { peer, session, considered } = node.link;
    const reservations = [...node.book.tables.reservations.values()]
      .filter(({ status, madeBy }) => status === 'confirmed' && madeBy === undefined)
      .map(({ id }) => id);
    await node.accept({
      type: 'shareOut',
      peer,
      session,
      after: considered,
      through: node.log.length,
      levels: on === 'shop' ? SKUS.map((name) => ({ sku: name, location: 'north' })) : [],
      reservations: on === 'hub' ? reservations : [],
    });
  }

  async #carry({ side: from, limit }: Extract<Step, { does: 'carry' }>): Promise<void> {
    const node = this.#pair[from];
    const entries = this.#pair.entriesOf(node, limit);
    this.#carried.set(from, entries);
    await this.#pair.other(node).accept(entries);
  }

  /** What was carried comes once more: it is refused, unless it was nothing. */
  async #repeat(from: Side): Promise<void> {
    const entries = this.#carried.get(from);
    if (entries?.type !== 'applyEntries' || entries.after === entries.through) return;
    const to = this.#pair.other(this.#pair[from]);
    const word = await to.ask(entries);
    expect(['cursor_mismatch', 'session_closed']).toContain(word);
  }

  #newId(): string {
    this.#ids += 1;
    return `019c1f9e-6c00-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  check(): void {
    for (const name of SKUS) {
      this.#checkConserved(name);
      this.#checkAccounts(this.#pair.hub, name);
      this.#checkAccounts(this.#pair.shop, name);
      this.#checkShelf(name);
    }
  }

  /** What both have and what is on its way is what came from outside and did not leave. */
  #checkConserved(name: string): void {
    const { hub, shop } = this.#pair;
    const onShelves = onHand(hub.level(name)) + onHand(shop.level(name));
    const flying = undelivered(hub, shop, name) + undelivered(shop, hub, name);
    const came = cameIn(hub, name) + cameIn(shop, name);
    expect([name, onShelves + flying]).toEqual([name, came]);
  }

  #checkAccounts(node: PairNode, name: string): void {
    const { available, reserved, committed, unavailable } = node.level(name);
    const least = this.#short.has(name) ? Number.NEGATIVE_INFINITY : 0;
    expect(available, `${name} at ${node.name}`).toBeGreaterThanOrEqual(least);
    expect(Math.min(reserved, committed, unavailable)).toBeGreaterThanOrEqual(0);
    expect(inFlight(node.share(name))).toBeGreaterThanOrEqual(0);
  }

  /** However old the picture that the shop has of the hub is: it knows how many of the goods in it are the hub's. */
  #checkShelf(name: string): void {
    const { hub, shop } = this.#pair;
    const flying = undelivered(hub, shop, name) + undelivered(shop, hub, name);
    expect(lentUnits(shop.share(name))).toBe(onHand(hub.level(name)) + flying);
  }

  /** Heals everything: all that was said is heard, and all that was owed is paid. */
  async settle(): Promise<void> {
    const { time } = this.#pair;
    await this.#pair.exchange();
    await time.advance(60_000);
    await this.#shareOut('hub');
    await this.#pair.exchange();
    await this.#endParts();
    await this.#pair.exchange();
  }

  /** What the hub has sold is handed over, or not wanted any more. */
  async #endParts(): Promise<void> {
    const { shop } = this.#pair;
    const parts = [...shop.book.tables.reservations.values()].filter(
      ({ madeBy, status }) => madeBy !== undefined && status === 'confirmed',
    );
    for (const [index, { id: reservationId }] of parts.entries()) {
      const type = (['fulfil', 'cancel', null] as const)[index % 3];
      if (type) await shop.accept({ type, reservationId });
    }
  }

  async checkSettled(): Promise<void> {
    const { hub, shop } = this.#pair;
    for (const name of SKUS) {
      for (const node of [hub, shop]) this.#checkPicture(node, name);
      const owed = Math.max(-shop.level(name).available, 0);
      expect(owed === 0 || hub.level(name).available <= 0).toBe(true);
    }
    for (const reservation of hub.book.tables.reservations.values()) {
      for (const line of reservation.lines) {
        if (line.passed === undefined) continue;
        const parts = [...shop.book.tables.reservations.values()];
        // What came after the first lines of it had ended has another id.
        const ids = [reservation.id, `${reservation.id}@${hub.name}`];
        const open = parts
          .filter(({ id, madeBy, status }) => {
            return ids.includes(id) && madeBy === hub.name && status === 'confirmed';
          })
          .reduce(
            (sum, { lines }) => sum + openUnits(lines.find(({ sku }) => sku === line.sku)),
            0,
          );
        expect([reservation.id, line.passed.open]).toEqual([reservation.id, open]);
      }
    }
    for (const node of [hub, shop]) await this.#checkBooks(node);
  }

  /** What a node knows of the other is so. */
  #checkPicture(node: PairNode, name: string): void {
    const share = node.share(name);
    const { available, reserved, committed, unavailable, version } = this.#pair
      .other(node)
      .level(name);
    expect(share).toMatchObject({ available, reserved, committed, unavailable, version });
    expect(inFlight(share)).toBe(0);
  }

  async #checkBooks(node: PairNode): Promise<void> {
    const { findings } = await verifyBooks(node.book.storage.books, () => undefined);
    expect(findings).toEqual([]);
  }
}

function openUnits(line: { readonly confirmed: number; readonly fulfilled: number } | undefined) {
  return line === undefined ? 0 : line.confirmed - line.fulfilled;
}

function movementsOf(node: PairNode, name: string): readonly (Movement & { position: number })[] {
  return node.log.filter((event) => isMovement(event)).filter((event) => event.sku === name);
}

/** Units that `from` has passed on and that `to` has not heard of. */
function undelivered(from: PairNode, to: PairNode, name: string): number {
  const { received } = to.link;
  const grants = movementsOf(from, name).filter(({ type }) => type === 'grant');
  const late = grants.filter(({ position }) => position > received);
  return late.reduce((sum, { quantity }) => sum + quantity, 0);
}

const OUTSIDE = ['supplier', 'customer', 'shrinkage'];

function cameIn(node: PairNode, name: string): number {
  return movementsOf(node, name).reduce((sum, { from, to, quantity }) => {
    const gained = OUTSIDE.includes(from) ? quantity : 0;
    return sum + gained - (OUTSIDE.includes(to) ? quantity : 0);
  }, 0);
}

async function holds(policy: { hubShare: number; floor: number }, story: readonly Step[]) {
  const pair = await LinkedPair.open(SKUS, policy);
  try {
    const chaos = new Chaos(pair);
    await chaos.begin();
    for (const step of story) {
      await chaos.run(step);
      chaos.check();
    }
    await chaos.settle();
    chaos.check();
    await chaos.checkSettled();
  } finally {
    await pair.close();
  }
}

const policy = fc.record({
  hubShare: fc.constantFrom(0, 0.3, 0.5, 1),
  floor: fc.integer({ min: 0, max: 3 }),
});

describe('whatever happens at two nodes, and whatever is carried when', () => {
  const runs = { numRuns: 60 };

  it('units are conserved, and nobody promises what he does not own', async () => {
    await fc.assert(fc.asyncProperty(policy, steps(false), holds), runs);
  }, 300_000);

  it('nor when goods are handed over that were not there: what is missing is made good', async () => {
    await fc.assert(fc.asyncProperty(policy, steps(true), holds), runs);
  }, 300_000);
});
