import type { PutLocationCommand, PutProductCommand } from '../../domain/commands.ts';
import type { LocationBody, ProductBody } from '../schemas/catalogue.ts';
import { toJsonObject } from './reservation.ts';

export function toPutProduct(sku: string, body: ProductBody): PutProductCommand {
  const { name, description = null, category = null, attributes = null } = body;
  const content = {
    name,
    description,
    category,
    attributes: attributes && toJsonObject(attributes),
  };
  return { type: 'putProduct', sku, content };
}

export function toPutLocation(location: string, body: LocationBody): PutLocationCommand {
  const { name, kind, attributes = null } = body;
  const content = { name, kind, attributes: attributes && toJsonObject(attributes) };
  return { type: 'putLocation', location, content };
}
