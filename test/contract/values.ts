import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import type { EventDetails } from '../../src/domain/events.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { apply, feed } from '../support/contractFeed.ts';
import { line, move, needs, product, reserve, shop } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

/** Each is an identifier of its own: no engine may fold, trim, normalise or read anything into one. */
const IDENTIFIERS = [
  'a',
  'A',
  'ä',
  'a b',
  "o'neil; drop table events",
  '100%_"quoted"\\',
  '__proto__',
  'constructor',
  '0',
  '00',
  '1e3',
  'null',
  'ﬁ',
  'fi',
  '\u{1F600}',
  '\uFF5E',
  '商'.repeat(128),
  '\u{10FFFD}'.repeat(128),
];

const ATTRIBUTES: JsonObject = {
  colour: 'blue',
  sizes: [1, 2.5, -0.125, 1e21],
  nested: { a: null, b: true, c: { d: [] } },
  text: 'line\nbreak \u2028 "quote" \\ \u{1F600}',
  '': 'empty name',
};

export function describeValues(engine: Engine): void {
  describe('a value', () => {
    const fixture = useDatabase(engine);

    it.each(IDENTIFIERS)('%j is an identifier of its own', async (name) => {
      const { ledger, queries } = fixture.storage;
      const others = IDENTIFIERS.filter((other) => other !== name);
      await feed(ledger, [...others.map((sku) => product(sku)), ...others.map((at) => shop(at))]);
      await feed(
        ledger,
        others.map((other) => move('receive', other, other, 1)),
      );
      expect(await queries.product(name)).toBeUndefined();
      expect(await queries.location(name)).toBeUndefined();
      expect(await queries.level(name, name)).toBeUndefined();
      await feed(ledger, [product(name), shop(name), move('receive', name, name, 7)]);
      await feed(ledger, [reserve(`r ${name}`, line(name, name, 2))]);
      expect(await queries.product(name)).toMatchObject({ sku: name });
      expect(await queries.location(name)).toMatchObject({ location: name });
      expect(await queries.level(name, name)).toMatchObject({
        sku: name,
        available: 5,
        reserved: 2,
      });
      expect(await queries.holds({ sku: name, location: name, limit: 9 })).toHaveLength(1);
    });

    it('of the catalogue comes back as it was given', async () => {
      const { ledger, queries } = fixture.storage;
      const product: Command = {
        type: 'putProduct',
        sku: 'A',
        content: { name: 'Lamp', description: 'a\u0009lamp', category: '', attributes: ATTRIBUTES },
      };
      const place: Command = {
        type: 'putLocation',
        location: 'x',
        content: { name: 'Hall', kind: 'venue', attributes: ATTRIBUTES },
      };
      await feed(ledger, [product, place]);
      expect(await queries.product('A')).toEqual({ sku: 'A', ...product.content });
      expect(await queries.location('x')).toEqual({ location: 'x', ...place.content });
    });

    it('of a reservation comes back as it was given', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), shop('y')]);
      await feed(ledger, [move('receive', 'A', 'x', 9), move('receive', 'A', 'y', 9)]);
      const lines = [line('A', 'y', 2), line('A', 'x', 1)];
      const { stamp } = await feed(
        ledger,
        [
          {
            ...reserve('r1', ...lines),
            ttlSeconds: 86_400,
            reference: 'order 7',
            metadata: ATTRIBUTES,
          },
        ],
        { actor: 'bob' },
      );
      const row = {
        id: 'r1',
        status: 'held',
        lines: lines.map((one) => ({ ...one, confirmed: 0, fulfilled: 0 })),
        ttlSeconds: 86_400,
        createdAt: stamp.time,
        updatedAt: stamp.time,
        createdBy: 'bob',
        reference: 'order 7',
        metadata: ATTRIBUTES,
      };
      expect(await queries.reservation('r1')).toMatchObject(row);
    });

    it('of an event comes back as it was given', async () => {
      const { ledger, queries } = fixture.storage;
      const details: EventDetails = {
        reason: 'a "reason"',
        reference: 'PO-7',
        occurredAt: -1,
        transferId: 't1',
        destination: 'y',
        shortfall: 3,
      };
      await apply(ledger, needs({ levels: [line('A', 'x')], transfers: ['t1'] }), () => [
        {
          type: 'receive',
          sku: 'A',
          location: 'x',
          quantity: 9,
          from: 'supplier',
          to: 'available',
          reservationId: null,
          details: null,
        },
      ]);
      const given = {
        type: 'dispatch',
        sku: 'A',
        location: 'x',
        quantity: 1,
        from: 'available',
        to: 'transit',
        reservationId: null,
        details,
      } as const;
      await apply(ledger, needs({ levels: [line('A', 'x')], transfers: ['t1'] }), () => [given]);
      const { events } = await queries.events({ after: 1, limit: 1 });
      expect(events).toMatchObject([given]);
    });

    it('may be as large as a number is exact, and below zero where goods were short', async () => {
      const { ledger, queries } = fixture.storage;
      await feed(ledger, [product('A'), product('B'), shop('x')]);
      const most = Number.MAX_SAFE_INTEGER;
      for (const quantity of [most - 1, 1]) {
        await apply(ledger, needs({ levels: [line('A', 'x')] }), () => [
          {
            type: 'receive',
            sku: 'A',
            location: 'x',
            quantity,
            from: 'supplier',
            to: 'available',
            reservationId: null,
            details: null,
          },
        ]);
      }
      await feed(ledger, [{ ...sale('B', 1_000_000_000), allowShortfall: true }]);
      expect(await queries.level('A', 'x')).toMatchObject({ available: most });
      expect(await queries.level('B', 'x')).toMatchObject({ available: -1_000_000_000 });
      const rows = await fixture.reopen();
      expect(await rows.queries.level('A', 'x')).toMatchObject({ available: most });
      expect(await rows.queries.levelAt('A', 'x', 4)).toMatchObject({ available: most - 1 });
    });
  });
}

function sale(sku: string, quantity: number) {
  return { type: 'sell', sku, location: 'x', quantity } as const;
}
