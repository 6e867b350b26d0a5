import type { Location, LocationContent, Product, ProductContent } from './catalogue.ts';
import type { LedgerEvent } from './events.ts';
import type { FenceReason } from './links/link.ts';

export function isAboutProduct({ type }: LedgerEvent): boolean {
  return type.startsWith('product_') || type.startsWith('removal_');
}

export function isAboutLocation({ type }: LedgerEvent): boolean {
  return (
    type.startsWith('location_') ||
    type === 'node_added' ||
    type === 'node_retired' ||
    type === 'node_fenced' ||
    type === 'node_cleared'
  );
}

/** What becomes of a product by a notice about it. */
export function evolveProduct(
  before: Product | undefined,
  event: LedgerEvent & { readonly sku: string },
): Product | undefined {
  const { type, details, sku } = event;
  if (type.startsWith('removal_')) return before && evolveRemoval(before, event);
  const content = contentAfter(event);
  if (content === undefined || 'kind' in content) return undefined;
  const origin = details?.origin;
  return { sku, ...content, ...(origin !== undefined && { node: origin }) };
}

/** A removal is asked for, agreed to by one node after the other, or given up because a node has some. */
function evolveRemoval(before: Product, { type, details }: LedgerEvent): Product {
  const { removal, ...product } = before;
  if (type === 'removal_kept') return product;
  if (type === 'removal_asked') return { ...product, removal: removal ?? [] };
  const peer = details?.peer;
  const isNews = removal !== undefined && peer !== undefined && !removal.includes(peer);
  return isNews ? { ...product, removal: [...removal, peer] } : before;
}

/** What becomes of a location by a notice about it: its content, who has the goods, and whether they may be promised. */
export function evolveLocation(
  before: Location | undefined,
  event: LedgerEvent & { readonly location: string },
): Location | undefined {
  const { location, type, details } = event;
  switch (type) {
    case 'location_deleted':
      return undefined;
    case 'node_added':
      return before && heldBy(before, details?.peer);
    case 'node_retired':
      return before && heldBy(before, details?.origin);
    case 'node_fenced':
      return before && fencedFor(before, details?.fence);
    case 'node_cleared':
      return before && fencedFor(before, undefined);
    default: {
      const content = contentAfter(event);
      if (content === undefined || !('kind' in content)) return before;
      const node = before ? before.node : details?.origin;
      const fence = before?.fence;
      return { location, ...content, ...(node !== undefined && { node }), ...(fence && { fence }) };
    }
  }
}

function heldBy({ node: _, ...location }: Location, node: string | undefined): Location {
  return node === undefined ? location : { ...location, node };
}

function fencedFor({ fence: _, ...location }: Location, fence: FenceReason | undefined): Location {
  return fence === undefined ? location : { ...location, fence };
}

/** The content that a catalogue notice leaves behind; undefined when the entry was removed. */
export function contentAfter(event: LedgerEvent): ProductContent | LocationContent | undefined {
  const after = event.details?.after;
  return after !== undefined && 'name' in after ? after : undefined;
}
