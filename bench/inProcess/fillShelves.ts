import type { Command } from '../../src/domain/commands.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { LOCATION, SKU_COUNT, skuAt, UNITS_PER_SKU } from '../stage.ts';

/** Brings the bench's products, its location and its stock into a new database; one that has them is left alone. */
export async function fillShelves(storage: Storage, ledger: Ledger): Promise<void> {
  if ((await storage.queries.head()).position > 0) return;
  const commands = [
    openShop(),
    ...Array.from({ length: SKU_COUNT }, (_, i) => fill(skuAt(i))).flat(),
  ];
  const items = commands.map((command) => ({ command }));
  const answer = await ledger.submit({ actor: 'bench', requestId: 'shelves', items, atomic: true });
  if (answer.kind !== 'done') throw new Error(`the shelves could not be filled: ${answer.kind}`);
}

function openShop(): Command {
  return {
    type: 'putLocation',
    location: LOCATION,
    content: { name: 'Bench', kind: 'store', attributes: {} },
  };
}

function fill(sku: string): Command[] {
  return [
    {
      type: 'putProduct',
      sku,
      content: { name: sku, description: null, category: null, attributes: {} },
    },
    { type: 'receive', sku, location: LOCATION, quantity: UNITS_PER_SKU },
  ];
}
