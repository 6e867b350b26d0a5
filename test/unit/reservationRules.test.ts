import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { book } from '../../src/domain/book.ts';
import type { Command } from '../../src/domain/commands.ts';
import { decide } from '../../src/domain/decide.ts';
import { isMovement, type LedgerEvent, type MovementDraft } from '../../src/domain/events.ts';
import { evolveReservation } from '../../src/domain/evolveReservation.ts';
import { lineBalances, type Reservation } from '../../src/domain/reservation.ts';
import { emptyLevel, type Level, levelKey, onHand } from '../../src/domain/stock.ts';
import { type Given, givenState, level, NOW, product, shop } from '../support/givenState.ts';

const SKUS = ['apple', 'pear', 'plum'];
const ORIGIN = { actor: 'ann', requestId: 'q' };
const RULES = { holdLifeMaxMs: 600_000 };

/** One reservation and the levels it touches, as a script of commands leaves them. */
class Script {
  now = NOW;
  reservation: Reservation | undefined;
  readonly levels = new Map<string, Level>();
  readonly events: LedgerEvent[] = [];

  constructor(available: number) {
    for (const sku of SKUS) {
      this.levels.set(levelKey(sku, 'north'), level(sku, 'north', { available }));
    }
  }

  run(command: Command): string {
    const decision = decide(givenState(this.#given()), command, {
      now: this.now,
      actor: 'ann',
      rules: RULES,
    });
    if (!decision.accepted) return decision.refusal.code;
    const events = decision.events.map((draft) =>
      isMovement(draft) ? this.#book(draft) : { ...draft, ...ORIGIN },
    );
    this.events.push(...events);
    if (events.length > 0) {
      this.reservation = evolveReservation(this.reservation, events, this.now);
    }
    return this.reservation?.status ?? 'none';
  }

  #given(): Given {
    return {
      products: SKUS.map((sku) => product(sku)),
      locations: [shop('north')],
      levels: [...this.levels.values()],
      reservations: this.reservation ? [this.reservation] : [],
    };
  }

  #book(draft: MovementDraft): LedgerEvent {
    const key = levelKey(draft.sku, draft.location);
    const next = book(this.levels.get(key) ?? emptyLevel(draft.sku, draft.location), draft);
    this.levels.set(key, next);
    return { ...draft, ...ORIGIN, version: next.version, balances: next };
  }
}

const quantity = fc.integer({ min: 1, max: 6 });
const lines = fc.array(
  fc.record({ sku: fc.constantFrom(...SKUS), location: fc.constant('north'), quantity }),
  { minLength: 1, maxLength: 4 },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  lines.map((some): Command => ({ type: 'confirm', reservationId: 'r1', lines: some })),
  lines.map((some): Command => ({ type: 'fulfil', reservationId: 'r1', lines: some })),
  fc.constantFrom<Command>(
    { type: 'confirm', reservationId: 'r1' },
    { type: 'fulfil', reservationId: 'r1' },
    { type: 'cancel', reservationId: 'r1' },
    { type: 'expire', reservationId: 'r1' },
  ),
  fc
    .integer({ min: 1, max: 90 })
    .map((ttlSeconds): Command => ({ type: 'extend', reservationId: 'r1', ttlSeconds })),
);

const script = fc.record({
  held: lines,
  steps: fc.array(fc.record({ command, waitMs: fc.nat({ max: 40_000 }) }), { maxLength: 12 }),
});

function play({ held, steps }: { held: MovementLines; steps: Steps }): Script {
  const played = new Script(20);
  played.run({
    type: 'reserve',
    reservationId: 'r1',
    lines: held,
    ttlSeconds: 60,
    reference: null,
    metadata: null,
  });
  for (const { command: next, waitMs } of steps) {
    played.run(next);
    played.now += waitMs;
  }
  return played;
}

type MovementLines = readonly { sku: string; location: string; quantity: number }[];
type Steps = readonly { command: Command; waitMs: number }[];

describe('whatever is asked of a reservation, in whatever order', () => {
  it('quantity = reserved + committed + fulfilled + released on every line, and none is negative', () => {
    fc.assert(
      fc.property(script, (given) => {
        const { reservation } = play(given);
        for (const line of reservation?.lines ?? []) {
          const parts = Object.values(lineBalances(reservation?.status ?? 'held', line));
          expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
          expect(parts.reduce((sum, part) => sum + part, 0)).toBe(line.quantity);
        }
      }),
    );
  });

  it('the levels hold exactly what the lines say', () => {
    fc.assert(
      fc.property(script, (given) => {
        const { reservation, levels } = play(given);
        for (const line of reservation?.lines ?? []) {
          const parts = lineBalances(reservation?.status ?? 'held', line);
          const shelf = levels.get(levelKey(line.sku, line.location));
          expect(shelf).toMatchObject({ reserved: parts.reserved, committed: parts.committed });
          expect(shelf && onHand(shelf)).toBe(20 - parts.fulfilled);
        }
      }),
    );
  });

  it('the log folds to the same reservation in pieces of any size', () => {
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 5 }), (given, size) => {
        const { reservation, events } = play(given);
        let folded: Reservation | undefined;
        for (let i = 0; i < events.length; i += size) {
          folded = evolveReservation(folded, events.slice(i, i + size), NOW);
        }
        const times = { createdAt: NOW, updatedAt: NOW };
        expect(folded).toEqual(reservation && { ...reservation, ...times });
      }),
    );
  });

  it('the same command at once again changes nothing', () => {
    fc.assert(
      fc.property(script, command, (given, next) => {
        const played = play(given);
        const first = played.run(next);
        const count = played.events.length;
        // An extension of a hold that was just extended to the same end, a confirm of what was just confirmed, ...
        expect(played.run(next)).toBe(first);
        expect(played.events.length).toBe(count);
      }),
    );
  });
});

describe('a reservation', () => {
  const one = (sku: string, asked: number) => ({ sku, location: 'north', quantity: asked });
  const hold = (...held: MovementLines): Command => ({
    type: 'reserve',
    reservationId: 'r1',
    lines: held,
    ttlSeconds: 60,
    reference: null,
    metadata: null,
  });
  const act = (type: 'confirm' | 'cancel' | 'fulfil' | 'expire'): Command => ({
    type,
    reservationId: 'r1',
  });

  it.each<[string, number, readonly (readonly [Command, string])[]]>([
    [
      'adds up lines of one level before it checks them',
      5,
      [[hold(one('apple', 3), one('apple', 3)), 'insufficient_stock']],
    ],
    [
      'is held, confirmed, fulfilled',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [act('fulfil'), 'fulfilled'],
      ],
    ],
    [
      'is confirmed again in the same way',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [act('confirm'), 'confirmed'],
      ],
    ],
    [
      'is confirmed again after it was handed over',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [act('fulfil'), 'fulfilled'],
        [act('confirm'), 'fulfilled'],
      ],
    ],
    [
      'is not confirmed again in another way',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [{ type: 'confirm', reservationId: 'r1', lines: [one('apple', 4)] }, 'confirm_differs'],
      ],
    ],
    [
      'stays confirmed while partly handed over, and ends fulfilled when the rest is cancelled',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [{ type: 'fulfil', reservationId: 'r1', lines: [one('apple', 2)] }, 'confirmed'],
        [act('cancel'), 'fulfilled'],
        [act('cancel'), 'fulfilled'],
      ],
    ],
    [
      'cannot be cancelled once it was handed over',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [act('fulfil'), 'fulfilled'],
        [act('cancel'), 'reservation_fulfilled'],
      ],
    ],
    [
      'ships nothing twice when a total is repeated',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('confirm'), 'confirmed'],
        [{ type: 'fulfil', reservationId: 'r1', lines: [one('apple', 2)] }, 'confirmed'],
        [{ type: 'fulfil', reservationId: 'r1', lines: [one('apple', 2)] }, 'confirmed'],
        [act('fulfil'), 'fulfilled'],
      ],
    ],
    [
      'does not expire before its time',
      5,
      [
        [hold(one('apple', 5)), 'held'],
        [act('expire'), 'reservation_not_due'],
      ],
    ],
  ])('%s', (_rule, available, steps) => {
    const played = new Script(available);
    expect(steps.map(([next]) => played.run(next))).toEqual(steps.map(([, expected]) => expected));
  });

  it('releases what a partial confirm leaves', () => {
    const played = new Script(10);
    played.run(hold(one('apple', 5), one('pear', 2)));
    played.run({ type: 'confirm', reservationId: 'r1', lines: [one('apple', 3)] });
    expect(played.levels.get(levelKey('apple', 'north'))).toMatchObject({
      available: 7,
      reserved: 0,
      committed: 3,
    });
    expect(played.levels.get(levelKey('pear', 'north'))).toMatchObject({
      available: 10,
      reserved: 0,
      committed: 0,
    });
  });

  it('is refused from the very millisecond of its end on', () => {
    const played = new Script(5);
    played.run(hold(one('apple', 5)));
    played.now = NOW + 60_000 - 1;
    expect(played.run({ type: 'extend', reservationId: 'r1', ttlSeconds: 1 })).toBe('held');
    played.now = played.reservation?.expiresAt ?? 0;
    expect(played.run(act('confirm'))).toBe('reservation_expired');
  });
});
