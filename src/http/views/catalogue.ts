import type { Static } from 'typebox';
import type { Location, Product } from '../../domain/catalogue.ts';
import type { Location as LocationSchema, Product as ProductSchema } from '../schemas/catalogue.ts';

export function productJson(row: Product): Static<typeof ProductSchema> {
  const { sku, name, description, category, attributes, node, removal } = row;
  return {
    sku,
    name,
    description,
    category,
    attributes,
    ...(node !== undefined && { node }),
    ...(removal && { removal: [...removal] }),
  };
}

/** @param self the node that the catalogue belongs to */
export function locationJson(row: Location, self: string): Static<typeof LocationSchema> {
  const { location, name, kind, attributes, node = self, fence } = row;
  return { location, name, kind, attributes, node, ...(fence && { fence }) };
}
