import type { LocationContent, Product, ProductContent } from './catalogue.ts';
import type {
  DeleteLocationCommand,
  DeleteProductCommand,
  PutLocationCommand,
  PutProductCommand,
} from './commands.ts';
import { accept, type DecisionOf, refuse } from './decision.ts';
import { canonicalJson, type JsonObject } from './json.ts';
import { custodyElsewhere } from './movements.ts';
import type { State } from './state.ts';

export function decidePutProduct(
  state: State,
  command: PutProductCommand,
): DecisionOf<'putProduct'> {
  const { sku, content } = command;
  const known = state.product(sku);
  const hub = state.hub();
  // A shop that is cut off may add a product; the hub's version wins when it comes.
  if (hub !== undefined && known?.node !== undefined) {
    return refuse({ code: 'catalogue_elsewhere', node: hub });
  }
  const isSame = known !== undefined && sameContent(known, content);
  if (isSame && known.removal === undefined) return accept([]);
  const type = known ? 'product_changed' : 'product_created';
  const details = known ? { before: productContent(known), after: content } : { after: content };
  return accept([{ type, sku, location: null, reservationId: null, details }]);
}

/**
 * A product goes only when no unit of it is anywhere: on a shelf, promised, or on its way. What the shops have that
 * cannot be heard now is not known, so each is asked, and the product goes when all have said that they have none.
 */
export function decideDeleteProduct(
  state: State,
  command: DeleteProductCommand,
): DecisionOf<'deleteProduct'> {
  const { sku, ifAsked = false } = command;
  const known = state.product(sku);
  if (!known) return refuse({ code: 'product_not_found', sku });
  const hub = state.hub();
  if (hub !== undefined) return refuse({ code: 'catalogue_elsewhere', node: hub });
  if (ifAsked && known.removal === undefined) return accept([]);
  const { inUse, onHand, inTransit } = state.productInUse(sku);
  if (inUse) return refuse({ code: 'product_has_stock', sku, onHand, inTransit });
  const name = { sku, location: null, reservationId: null };
  if (waitsFor(state, known).length > 0) {
    const asked = { type: 'removal_asked', ...name, details: null } as const;
    return accept(known.removal === undefined ? [asked] : []);
  }
  const details = { before: productContent(known) };
  return accept([{ type: 'product_deleted', ...name, details }]);
}

/** The nodes that have not said yet that they have none of a product. */
export function waitsFor(state: State, { removal = [] }: Product): readonly string[] {
  return state.peers().filter((peer) => !removal.includes(peer));
}

export function decidePutLocation(
  state: State,
  command: PutLocationCommand,
): DecisionOf<'putLocation'> {
  const { location, content } = command;
  const hub = state.hub();
  if (hub !== undefined) return refuse({ code: 'catalogue_elsewhere', node: hub });
  const known = state.location(location);
  if (known && sameContent(known, content)) return accept([]);
  const type = known ? 'location_changed' : 'location_created';
  const details = known ? { before: locationContent(known), after: content } : { after: content };
  return accept([{ type, sku: null, location, reservationId: null, details }]);
}

export function decideDeleteLocation(
  state: State,
  command: DeleteLocationCommand,
): DecisionOf<'deleteLocation'> {
  const { location } = command;
  const known = state.location(location);
  if (!known) return refuse({ code: 'location_not_found', location });
  const hub = state.hub();
  if (hub !== undefined) return refuse({ code: 'catalogue_elsewhere', node: hub });
  const foreign = custodyElsewhere(known);
  if (foreign) return refuse(foreign);
  const { inUse, onHand, inTransit } = state.locationInUse(location);
  if (inUse) return refuse({ code: 'location_has_stock', location, onHand, inTransit });
  const details = { before: locationContent(known) };
  return accept([{ type: 'location_deleted', sku: null, location, reservationId: null, details }]);
}

function productContent({
  name,
  description,
  category,
  attributes,
}: ProductContent): ProductContent {
  return { name, description, category, attributes };
}

function locationContent({ name, kind, attributes }: LocationContent): LocationContent {
  return { name, kind, attributes };
}

/** Whether two products, or two locations, say the same. */
export function sameContent(
  one: ProductContent | LocationContent,
  other: ProductContent | LocationContent,
): boolean {
  if (one.name !== other.name || !sameAttributes(one.attributes, other.attributes)) return false;
  if ('kind' in one) return 'kind' in other && one.kind === other.kind;
  return (
    !('kind' in other) && one.description === other.description && one.category === other.category
  );
}

function sameAttributes(one: JsonObject | null, other: JsonObject | null): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
