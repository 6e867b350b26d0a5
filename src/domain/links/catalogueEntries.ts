import type { LocationContent, Product, ProductContent } from '../catalogue.ts';
import { sameContent } from '../catalogueCommands.ts';
import type { EventDraft, LoggedEvent } from '../events.ts';
import { contentAfter } from '../evolveCatalogue.ts';
import { identifierProblem } from '../identifiers.ts';
import { hasUnits, onHand } from '../stock.ts';
import { type EventGroup, NOTHING } from './eventGroup.ts';
import type { Link } from './link.ts';
import { replayHere } from './replayTransfer.ts';
import { lentUnits } from './share.ts';
import type { LinkState } from './state.ts';
import { learnOfStep } from './transferSteps.ts';

/** The hub writes the catalogue, and its version wins; and it tells of goods that other nodes have sent or received. */
export function decideHubNotice(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { type, sku, location } = event;
  if (type === 'transfer_step') {
    return [...replayHere(state, link, event), ...learnOfStep(state, link, event)];
  }
  if (type.startsWith('product_') && sku !== null) return copyProduct(state, link, event, sku);
  if (type === 'removal_asked' && sku !== null) return answerRemoval(state, link, sku);
  if (type.startsWith('location_') && location !== null) {
    return copyLocation(state, link, event, location);
  }
  if ((type === 'node_added' || type === 'node_retired') && location !== null) {
    const peer = event.details?.peer;
    const isHere = type === 'node_retired' || peer === link.self;
    const details = { origin: link.peer, ...(!isHere && peer !== undefined && { peer }) };
    return [[{ type, sku: null, location, reservationId: null, details }]];
  }
  return NOTHING;
}

function copyProduct(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
  sku: string,
): readonly EventGroup[] {
  const known = state.product(sku);
  const after = contentAfter(event);
  if (known === undefined && after === undefined) return NOTHING;
  if (known !== undefined && after === undefined && hasAny(state, link, sku)) {
    return [[keptProduct(known, sku)]];
  }
  if (known?.node === link.peer && after !== undefined && sameContent(known, after)) return NOTHING;
  return [[copied(link, 'product', { sku, location: null }, known, after)]];
}

/** Whether there is any of the product in the shop, its own or the hub's. */
function hasAny(state: LinkState, { peer, location }: Link, sku: string): boolean {
  return hasUnits(state.level(sku, location)) || lentUnits(state.share(peer, sku, location)) > 0;
}

/** The product stays as it is. Whoever hears of it and has removed it already, the hub or a shop, takes it up again. */
function keptProduct(known: Product, sku: string): EventDraft {
  const after = contentOf(known);
  const details = { before: after, after };
  return { type: 'product_changed', sku, location: null, reservationId: null, details };
}

/** Says whether there is any of the product here; where there is none, none can come in from now on. */
function answerRemoval(state: LinkState, link: Link, sku: string): readonly EventGroup[] {
  const known = state.product(sku);
  const { peer, location } = link;
  const name = { sku, location: null, reservationId: null };
  if (known !== undefined && hasAny(state, link, sku)) {
    const units = onHand(state.level(sku, location)) + lentUnits(state.share(peer, sku, location));
    return [[{ type: 'removal_kept', ...name, details: { peer, units: Math.max(units, 0) } }]];
  }
  const cleared: EventDraft = { type: 'removal_cleared', ...name, details: { peer } };
  if (known === undefined) return [[cleared]];
  return [[copied(link, 'product', { sku, location: null }, known, undefined)], [cleared]];
}

function copyLocation(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
  location: string,
): readonly EventGroup[] {
  const known = state.location(location);
  const after = contentAfter(event);
  if (known === undefined && after === undefined) return NOTHING;
  if (known !== undefined && after !== undefined && sameContent(known, after)) return NOTHING;
  return [[copied(link, 'location', { sku: null, location }, known, after)]];
}

function copied(
  link: Link,
  kind: 'product' | 'location',
  name: { readonly sku: string | null; readonly location: string | null },
  before: ProductContent | LocationContent | undefined,
  after: ProductContent | LocationContent | undefined,
): EventDraft {
  const change = after === undefined ? 'deleted' : before === undefined ? 'created' : 'changed';
  const details = {
    origin: link.peer,
    ...(before !== undefined && { before: contentOf(before) }),
    ...(after !== undefined && { after }),
  };
  return { type: `${kind}_${change}`, ...name, reservationId: null, details };
}

/** A row without what is not content. */
function contentOf(row: ProductContent | LocationContent): ProductContent | LocationContent {
  if ('kind' in row) {
    const { name, kind, attributes } = row;
    return { name, kind, attributes };
  }
  const { name, description, category, attributes } = row;
  return { name, description, category, attributes };
}

/**
 * A product that a shop has added while it was cut off becomes one of the chain, unless the hub has one already. One that
 * was to be removed stays: the shop may have said that it has none before it added it.
 */
export function decideShopNotice(
  state: LinkState,
  link: Link,
  event: LoggedEvent,
): readonly EventGroup[] {
  const { type, sku, details } = event;
  if (sku === null || details?.origin !== undefined) return NOTHING;
  if (type === 'removal_cleared' || type === 'removal_kept')
    return learnOfRemoval(state, link, event, sku);
  if (type !== 'product_created' && type !== 'product_changed') return NOTHING;
  if (identifierProblem(sku) !== null) return NOTHING;
  const known = state.product(sku);
  if (known?.removal !== undefined) return [[keptProduct(known, sku)]];
  const after = contentAfter(event);
  if (after === undefined || known !== undefined) return NOTHING;
  const draft: EventDraft = {
    type,
    sku,
    location: null,
    reservationId: null,
    details: { after, peer: link.peer },
  };
  return [[draft]];
}

/** Notes what a shop has said about a product that is to be removed, unless it is wanted again. One that has some keeps it. */
function learnOfRemoval(
  state: LinkState,
  { peer }: Link,
  { type, details }: LoggedEvent,
  sku: string,
): readonly EventGroup[] {
  const known = state.product(sku);
  if (known?.removal === undefined) return NOTHING;
  if (type !== 'removal_cleared' && type !== 'removal_kept') return NOTHING;
  const units = details?.units;
  const said = units === undefined ? { peer } : { peer, units };
  const learnt: EventDraft = { type, sku, location: null, reservationId: null, details: said };
  return type === 'removal_kept' ? [[learnt], [keptProduct(known, sku)]] : [[learnt]];
}
