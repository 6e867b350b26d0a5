import { isMovement, type LoggedEvent } from '../domain/events.ts';
import { identifierProblem } from '../domain/identifiers.ts';
import type {
  ApplyEntriesCommand,
  BalanceCommand,
  LinkCommand,
  ShareOutCommand,
} from '../domain/links/commands.ts';
import { foreignId, isAboutOtherGoods } from '../domain/links/entries.ts';
import { type ShareKey, shareKey } from '../domain/links/share.ts';
import { isTransferId } from '../domain/links/transferSteps.ts';
import type { PlaceTotals } from '../domain/transfer.ts';
import type { ShareName } from './store.ts';

/** What a builder of needs offers to the commands of links. */
export interface LinkNeeds {
  readonly products: Set<string>;
  readonly locations: Set<string>;
  readonly changed: { readonly products: Set<string>; readonly locations: Set<string> };
  readonly removable: Set<string>;
  readonly reservations: Set<string>;
  readonly made: Set<string>;
  readonly transfers: Set<string>;
  transfersAt: string | null;
  readonly links: Set<string>;
  readonly shares: Map<ShareKey, ShareName>;
  addLevel(sku: string, location: string, wanted: number): void;
}

/** What has to be locked and loaded to decide a command of a link. */
export function addLinkNeeds(needs: LinkNeeds, command: LinkCommand): void {
  switch (command.type) {
    case 'addLink':
      needs.links.add(command.link.peer);
      addLocation(needs, command.link.location);
      if (command.link.peerRole === 'store') needs.transfersAt = command.link.location;
      return;
    case 'updateLink':
    case 'rewind':
    case 'retireNode':
      needs.links.add(command.peer);
      return;
    case 'applyEntries':
      needs.links.add(command.peer);
      for (const entry of command.entries) addEntry(needs, command, entry);
      return;
    case 'replayEntries':
      needs.links.add(command.peer);
      for (const entry of command.entries) addReplay(needs, command.peer, entry);
      return;
    case 'shareOut':
      needs.links.add(command.peer);
      for (const id of command.reservations) needs.reservations.add(id);
      addShares(needs, command);
      return;
    case 'balance':
      needs.links.add(command.peer);
      addShares(needs, command);
      return;
    case 'writeOff':
      needs.links.add(command.peer);
      for (const { sku, location } of command.levels)
        addShare(needs, command.peer, sku, location, 0);
      return;
    case 'ask':
      for (const { peer, sku, location } of command.wants) {
        needs.links.add(peer);
        addShare(needs, peer, sku, location, 0);
      }
      return;
    case 'askCancel':
      needs.reservations.add(command.reservationId);
      for (const peer of command.peers) needs.links.add(peer);
  }
}

function addProduct(needs: LinkNeeds, sku: string): void {
  needs.products.add(sku);
  needs.changed.products.add(sku);
}

function addLocation(needs: LinkNeeds, location: string): void {
  needs.locations.add(location);
  needs.changed.locations.add(location);
}

/** With their products, whose categories may have policies of their own. */
function addShares(needs: LinkNeeds, { peer, levels }: ShareOutCommand | BalanceCommand): void {
  for (const { sku, location } of levels) {
    needs.products.add(sku);
    addShare(needs, peer, sku, location, 0);
  }
}

function addShare(
  needs: LinkNeeds,
  peer: string,
  sku: string,
  location: string,
  wanted: number,
): void {
  needs.shares.set(shareKey(peer, sku, location), { peer, sku, location });
  needs.addLevel(sku, location, wanted);
}

type LinkName = Pick<ApplyEntriesCommand, 'peer' | 'location'>;

function addEntry(needs: LinkNeeds, link: LinkName, event: LoggedEvent): void {
  const { type, details } = event;
  addTransfer(needs, details?.transferId);
  const isProduct = type.startsWith('product_') || type.startsWith('removal_');
  if (type === 'transfer_step') addStep(needs, link, event);
  else if (isProduct) addProductEntry(needs, link, event);
  else if (type.startsWith('location_') || type === 'node_added' || type === 'node_retired') {
    if (event.location !== null) addLocation(needs, event.location);
  } else if (!isAboutOtherGoods(link, event)) addGoodsEntry(needs, link.peer, event);
}

/** Goods are moved only where it puts back what this node has lost. */
function addStep(
  needs: LinkNeeds,
  { peer, location: own }: LinkName,
  { sku, location, details }: LoggedEvent,
): void {
  if (details?.replayOf === undefined || sku === null || location !== own) return;
  needs.products.add(sku);
  addShare(needs, peer, sku, own, 0);
}

/** A peer may say anything; what is no id names no transfer. */
function addTransfer(needs: LinkNeeds, id: string | undefined): void {
  if (id !== undefined && isTransferId(id)) needs.transfers.add(id);
}

function addProductEntry(
  needs: LinkNeeds,
  { peer, location }: LinkName,
  { type, sku }: LoggedEvent,
): void {
  if (sku === null) return;
  addProduct(needs, sku);
  // Whether there is any of it here decides what is answered.
  if (type !== 'product_deleted' && type !== 'removal_asked') return;
  needs.removable.add(sku);
  addShare(needs, peer, sku, location, 0);
}

function addGoodsEntry(needs: LinkNeeds, peer: string, event: LoggedEvent): void {
  const { type, sku, location, reservationId, details } = event;
  if (sku !== null && location !== null) {
    needs.products.add(sku);
    needs.locations.add(location);
    addShare(needs, peer, sku, location, type === 'want' ? (details?.units ?? 0) : 0);
  }
  if (reservationId !== null) addReservation(needs, peer, event, reservationId);
  if (type === 'grant' && details?.request !== undefined) {
    needs.reservations.add(details.request);
    needs.made.add(details.request);
  }
}

/** A part is kept under the id of the reservation, or under one of its own; and here is what a part here was made from. */
function addReservation(
  needs: LinkNeeds,
  peer: string,
  event: LoggedEvent,
  reservationId: string,
): void {
  const concernsPart =
    event.details?.madeBy !== undefined ||
    event.type === 'cancel_asked' ||
    (isMovement(event) && event.type === 'grant');
  if (!concernsPart) return;
  needs.reservations.add(reservationId.split('@')[0] ?? reservationId);
  needs.reservations.add(foreignId(reservationId, peer));
}

function addReplay(needs: LinkNeeds, peer: string, event: LoggedEvent): void {
  const { sku, location, reservationId, details } = event;
  addTransfer(needs, details?.transferId);
  if (reservationId !== null) {
    needs.reservations.add(reservationId);
    needs.made.add(reservationId);
  }
  if (sku !== null) addProduct(needs, sku);
  if (location !== null) addLocation(needs, location);
  if (sku === null) return;
  if (isMovement(event)) addShare(needs, peer, sku, event.location, 0);
  if (event.type === 'transfer_step') addToldPlaces(needs, peer, sku, details?.places ?? []);
}

/** Of those that are the hub's own it may have lost what it did there. A shop may say anything; what is no name names none. */
function addToldPlaces(
  needs: LinkNeeds,
  peer: string,
  sku: string,
  places: readonly PlaceTotals[],
): void {
  for (const { place } of places) {
    if (identifierProblem(place) !== null) continue;
    needs.locations.add(place);
    addShare(needs, peer, sku, place, 0);
  }
}
