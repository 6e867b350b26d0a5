import fc from 'fast-check';
import type { Command, Line } from '../../src/domain/commands.ts';
import type { ModelCommand, ModelLine } from './model.ts';

const SKUS = ['apple', 'pear'];
const IDS = ['r1', 'r2', 'r3'];

const sku = fc.constantFrom(...SKUS);
const id = fc.constantFrom(...IDS);
const quantity = fc.integer({ min: 1, max: 4 });
const lines = fc.array(fc.record({ sku, quantity }), { minLength: 1, maxLength: 3 });

/** Commands on few SKUs and few reservations, so that they get in each other's way. */
export const modelCommand: fc.Arbitrary<ModelCommand> = fc.oneof(
  fc.record({ op: fc.constantFrom('receive' as const, 'sell' as const), sku, quantity }),
  fc.record({ op: fc.constant('count' as const), sku, quantity: fc.nat({ max: 6 }) }),
  { weight: 3, arbitrary: fc.record({ op: fc.constant('reserve' as const), id, lines }) },
  fc.record({ op: fc.constant('confirm' as const), id }),
  fc.record({ op: fc.constant('confirm' as const), id, lines }),
  fc.record({ op: fc.constantFrom('cancel' as const, 'fulfil' as const), id }),
);

/** How long holds of these histories live: longer than any test. */
const TTL_SECONDS = 86_400;

/** The model's command as the ledger takes it, at one location. `salt` makes the content of each reservation its own. */
export function asCommand(
  command: ModelCommand,
  location: string,
  idOf: (id: string) => string,
  salt: string,
): Command {
  switch (command.op) {
    case 'reserve':
      return {
        type: 'reserve',
        reservationId: idOf(command.id),
        lines: asLines(command.lines, location),
        ttlSeconds: TTL_SECONDS,
        reference: salt,
        metadata: null,
      };
    case 'confirm':
      return {
        type: 'confirm',
        reservationId: idOf(command.id),
        ...(command.lines && { lines: asLines(command.lines, location) }),
      };
    case 'cancel':
    case 'fulfil':
      return { type: command.op, reservationId: idOf(command.id) };
    default:
      return { type: command.op, sku: command.sku, location, quantity: command.quantity };
  }
}

function asLines(lines: readonly ModelLine[], location: string): Line[] {
  return lines.map(({ sku: of, quantity: some }) => ({ sku: of, location, quantity: some }));
}
