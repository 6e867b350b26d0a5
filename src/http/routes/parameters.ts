import { Type } from 'typebox';
import { CLOSED, LocationName, NodeName, ReservationId, Sku, Uuid } from '../schemas/common.ts';

/** What paths hold. */
export const ById = Type.Object({ id: Uuid }, CLOSED);
export const ByReservation = Type.Object({ id: ReservationId }, CLOSED);
export const ByNode = Type.Object({ node: NodeName }, CLOSED);
export const BySku = Type.Object({ sku: Sku }, CLOSED);
export const ByLocation = Type.Object({ location: LocationName }, CLOSED);
export const ByLevel = Type.Object({ sku: Sku, location: LocationName }, CLOSED);

/** Bodies of which every member is optional may be left out. */
export function emptyBodyAllowed(
  request: { body: unknown },
  _reply: unknown,
  done: () => void,
): void {
  if (request.body === undefined) request.body = {};
  done();
}
