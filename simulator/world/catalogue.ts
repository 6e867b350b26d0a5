import type { ProductContent } from '../../src/domain/catalogue.ts';
import { check } from '../checks/violation.ts';
import { CATEGORIES } from './policies.ts';
import type { World } from './world.ts';

const EDITOR = 'editor';

function named(name: string, category: string | null): ProductContent {
  return { name, description: null, category, attributes: null };
}

/** The hub writes the catalogue; a shop that has a product before the hub knows it adds it itself. */
export async function editCatalogue(world: World): Promise<void> {
  const { random, hub, shops, parts } = world;
  const name = `Name ${random.between(1, 1_000)}`;
  const isNew = random.chance(0.4);
  const sku = isNew ? `NEW-${random.between(1, 5)}` : random.pick(parts.skus);
  const site = isNew && random.chance(0.7) ? random.pick(shops).site : hub;
  await world.ask(site, EDITOR, {
    type: 'putProduct',
    sku,
    content: named(name, random.pick(CATEGORIES)),
  });
}

/** When all is at rest every shop has the hub's catalogue, and the hub has what shops have added. */
export function checkCatalogue({ hub, shops }: World): void {
  const { products } = hub.disk.tables;
  for (const { site, isRetired } of shops) {
    if (isRetired) continue;
    const shown = site.disk.tables.products;
    for (const sku of new Set([...products.keys(), ...shown.keys()])) {
      const [here, there] = [products.get(sku)?.name, shown.get(sku)?.name];
      check(here === there, () => `${sku} is ${here} at the hub and ${there} at ${site.node}`);
    }
  }
}
