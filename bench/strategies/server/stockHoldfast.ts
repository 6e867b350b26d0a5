import type { Command } from '../../../src/domain/commands.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { LOCATION, OTHER_SKUS, OTHER_UNITS, type Shelves, skusOf, unitsOf } from '../shelves.ts';

/** Puts the goods on the shelves of a new ledger, one commit for those of each measurement. */
export async function stockHoldfast(ledger: Ledger, shelves: Shelves): Promise<void> {
  if (shelves.measurements === 0) return;
  await submit(ledger, [openShop(), ...OTHER_SKUS.flatMap((sku) => fill(sku, OTHER_UNITS))]);
  for (let measurement = 0; measurement < shelves.measurements; measurement++) {
    const skus = skusOf(shelves, measurement);
    await submit(
      ledger,
      skus.flatMap((sku) => fill(sku, unitsOf(shelves, measurement))),
    );
  }
}

async function submit(ledger: Ledger, commands: readonly Command[]): Promise<void> {
  const items = commands.map((command) => ({ command }));
  const answer = await ledger.submit({ actor: 'bench', requestId: 'shelves', items, atomic: true });
  if (answer.kind !== 'done') throw new Error(`the shelves could not be filled: ${answer.kind}`);
}

function openShop(): Command {
  const content = { name: 'Bench', kind: 'store' as const, attributes: {} };
  return { type: 'putLocation', location: LOCATION, content };
}

function fill(sku: string, quantity: number): Command[] {
  const content = { name: sku, description: null, category: null, attributes: {} };
  return [
    { type: 'putProduct', sku, content },
    { type: 'receive', sku, location: LOCATION, quantity },
  ];
}
