import type { Static } from 'typebox';
import type { Location } from '../../domain/catalogue.ts';
import type { Location as LocationSchema } from '../schemas/catalogue.ts';

/** @param self the node that the catalogue belongs to */
export function locationJson(row: Location, self: string): Static<typeof LocationSchema> {
  const { location, name, kind, attributes, node = self, fence } = row;
  return { location, name, kind, attributes, node, ...(fence && { fence }) };
}
