import type { MovementCommand } from '../../domain/commands.ts';
import type { MovementBody } from '../schemas/movement.ts';
import { occurred } from './occurred.ts';

export function toMovement(body: MovementBody): MovementCommand {
  const { type, sku, location, quantity, reason, reference, expectedVersion } = body;
  const { allowShortfall } = body;
  return {
    type,
    sku,
    location,
    // JSON can say -0, which the ledger would have to tell from 0.
    quantity: quantity + 0,
    ...(reason !== undefined && { reason }),
    ...(reference !== undefined && { reference }),
    ...(expectedVersion !== undefined && { expectedVersion }),
    ...(allowShortfall !== undefined && { allowShortfall }),
    ...occurred(body),
  };
}
