import fc from 'fast-check';
import type { Command } from '../../src/domain/commands.ts';
import type { Item, Work } from '../../src/ledger/ledger.ts';

export const SKUS = ['apple', 'pear'];
export const PLACES = ['north', 'south'];
const RESERVATIONS = ['r1', 'r2'];

const sku = fc.constantFrom(...SKUS);
const location = fc.constantFrom(...PLACES);
const reservationId = fc.constantFrom(...RESERVATIONS);
const some = fc.integer({ min: 1, max: 4 });
const few = fc.integer({ min: 1, max: 2 });
const reference = fc.constantFrom(null, 'Ann Lee');
const allowShortfall = fc.boolean();

function linesOf(quantity: fc.Arbitrary<number>) {
  return fc.array(fc.record({ sku, location, quantity }), { minLength: 1, maxLength: 3 });
}

const goods = fc.array(fc.record({ sku, quantity: few }), { minLength: 1, maxLength: 3 });
/** Transfers are numbered as they are sent, so that a small number often names one that exists. */
const transferId = fc.nat({ max: 1 }).map((n) => `t${n}`);

const movement = fc.oneof(
  fc.record({ type: fc.constant('receive'), sku, location, quantity: fc.constantFrom(1, 20) }),
  fc.record({
    type: fc.constantFrom('return', 'sell', 'quarantine', 'restore'),
    sku,
    location,
    quantity: some,
    allowShortfall,
  }),
  fc.record({
    type: fc.constant('adjust'),
    sku,
    location,
    quantity: fc.constantFrom(-4, -1, 3),
    allowShortfall,
  }),
  fc.record({
    type: fc.constant('count'),
    sku,
    location,
    quantity: fc.nat({ max: 6 }),
    allowShortfall,
  }),
);

const reservation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('reserve'),
      reservationId,
      lines: linesOf(few),
      ttlSeconds: fc.constantFrom(1, 10, 60),
      reference,
      metadata: fc.constant(null),
    }),
  },
  fc.record({
    type: fc.constantFrom('confirm', 'cancel', 'fulfil', 'redact', 'expire'),
    reservationId,
  }),
  fc.record({
    type: fc.constantFrom('confirm', 'fulfil'),
    reservationId,
    lines: linesOf(fc.nat({ max: 2 })),
  }),
  fc.record({ type: fc.constant('extend'), reservationId, ttlSeconds: fc.constantFrom(1, 20) }),
);

const transfer = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('dispatch'),
      transferId: fc.constant(''),
      from: location,
      to: location,
      lines: goods,
      reference,
    }),
  },
  fc.record({ type: fc.constantFrom('receiveTransfer', 'cancelTransfer'), transferId }),
  fc.record({ type: fc.constant('receiveTransfer'), transferId, lines: goods }),
  fc.record({
    type: fc.constant('receiveTransfer'),
    transferId,
    lines: goods,
    reason: fc.constant('counted at the door'),
  }),
);

const catalogue = fc.oneof(
  fc.record({
    type: fc.constant('putProduct'),
    sku,
    content: fc.record({
      name: fc.constantFrom('One', 'Other'),
      description: fc.constant(null),
      category: fc.constant(null),
      attributes: fc.constant(null),
    }),
  }),
  fc.record({ type: fc.constant('deleteProduct'), sku }),
);

const command = fc.oneof(
  { weight: 6, arbitrary: movement },
  { weight: 8, arbitrary: reservation },
  { weight: 4, arbitrary: transfer },
  { weight: 1, arbitrary: catalogue },
) as fc.Arbitrary<Command>;

/** Seldom the same for two: most works that come again under a key are those that `again` asks for. */
const key = fc.option(fc.nat({ max: 99 }).map(String), { nil: undefined, freq: 3 });

/** `again` puts in an item that came before under a key, by number. */
export type AnyItem =
  | { readonly command: Command; readonly key: string | undefined }
  | { readonly again: number };

const item: fc.Arbitrary<AnyItem> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ command, key }) },
  { weight: 1, arbitrary: fc.record({ again: fc.nat({ max: 20 }) }) },
);

export type Step =
  | {
      readonly work: readonly AnyItem[];
      readonly atomic: boolean;
      readonly key: string | undefined;
    }
  | { readonly passMs: number }
  | { readonly stepClockMs: number };

/** Every kind of command, alone and in batches, with keys, and time that goes on or is set back between them. */
export const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        work: fc.array(item, { minLength: 1, maxLength: 5 }),
        atomic: fc.constantFrom(false, false, false, true),
        key,
      }),
    },
    { weight: 3, arbitrary: fc.record({ passMs: fc.constantFrom(0, 1, 500, 4_000) }) },
    { weight: 1, arbitrary: fc.record({ stepClockMs: fc.constantFrom(-5_000, -10, 3_000) }) },
  ),
  { minLength: 10, maxLength: 40, size: 'max' },
);

/** Makes works of steps: numbers transfers, repeats items, and gives a removal a work to itself, as the API does. */
export class WorkMaker {
  readonly #keyed: Item[] = [];
  #transfers = 0;

  make({ work, atomic, key: workKey }: Extract<Step, { work: unknown }>): Work {
    const items = work.map((one) => this.#item(one));
    const removal = items.find(({ command: { type } }) => type === 'deleteProduct');
    const fields = { actor: 'ann', requestId: 'q', atomic, items: removal ? [removal] : items };
    if (workKey === undefined) return fields;
    const claimed = { key: `work ${workKey}`, fingerprint: JSON.stringify(fields.items) };
    return { ...fields, key: claimed };
  }

  #item(one: AnyItem): Item {
    if ('again' in one) return this.#again(one.again);
    const item = { command: this.#numbered(one.command) };
    if (one.key === undefined) return item;
    const fingerprint = JSON.stringify(one.command);
    const keyed = { ...item, key: { key: `item ${one.key}`, fingerprint } };
    this.#keyed.push(keyed);
    return keyed;
  }

  #again(n: number): Item {
    const known = this.#keyed[n % Math.max(this.#keyed.length, 1)];
    if (!known) return { command: { type: 'cancel', reservationId: 'r1' } };
    return { ...known, command: this.#numbered(known.command) };
  }

  #numbered(command: Item['command']): Item['command'] {
    if (command.type !== 'dispatch') return command;
    this.#transfers += 1;
    return { ...command, transferId: `t${this.#transfers - 1}` };
  }
}
