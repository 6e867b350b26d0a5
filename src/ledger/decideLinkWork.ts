import type { EventDraft, LoggedEvent, Origin } from '../domain/events.ts';
import type {
  AddLinkCommand,
  ApplyEntriesCommand,
  AskCancelCommand,
  AskCommand,
  LinkCommand,
  ReplayEntriesCommand,
  RetireNodeCommand,
  RewindCommand,
  ShareOutCommand,
  UpdateLinkCommand,
  WriteOffCommand,
} from '../domain/links/commands.ts';
import { decideEntry, isAboutOtherGoods } from '../domain/links/entries.ts';
import { decideFirstSplit, decideHandOver, decideSplit } from '../domain/links/grants.ts';
import { type Link, newLink } from '../domain/links/link.ts';
import { decideReplay, runsOf } from '../domain/links/replay.ts';
import { inFlight, isSettled, shareAfterPeer } from '../domain/links/share.ts';
import type { LinkRefusal } from '../domain/refusals.ts';
import type { Reservation } from '../domain/reservation.ts';
import { onHand } from '../domain/stock.ts';
import type { DecidedOutcome } from './outcome.ts';
import type { WorkingState } from './workingState.ts';

type LinkResult = LinkRefusal | Link | null;

/**
 * Decides a command of a link. Unlike those of clients it changes rows that no event describes (cursors, what is known
 * of the peer), so it works on the state of the commit itself.
 * @param giveBackDue ends the holds of a level that are due, before units are refused to the peer
 */
export function decideLinkCommand(
  state: WorkingState,
  command: LinkCommand,
  origin: Origin,
  giveBackDue: (sku: string, location: string) => void,
): DecidedOutcome {
  const result = decideOne(state, command, origin, giveBackDue);
  if (result !== null && 'code' in result) return { kind: 'refused', refusal: result };
  return { kind: 'link', link: result };
}

function decideOne(
  state: WorkingState,
  command: LinkCommand,
  origin: Origin,
  giveBackDue: (sku: string, location: string) => void,
): LinkResult {
  switch (command.type) {
    case 'addLink':
      return addLink(state, command, origin);
    case 'updateLink':
      return updateLink(state, command, origin);
    case 'applyEntries':
      return applyEntries(state, command, origin, giveBackDue);
    case 'shareOut':
      return shareOut(state, command, origin);
    case 'ask':
      return ask(state, command, origin);
    case 'askCancel':
      return askCancel(state, command, origin);
    case 'retireNode':
      return retire(state, command, origin);
    case 'writeOff':
      return writeOff(state, command, origin);
    case 'replayEntries':
      return replay(state, command, origin);
    case 'rewind':
      return rewind(state, command, origin);
  }
}

function notice(
  type:
    | 'node_added'
    | 'node_retired'
    | 'node_fenced'
    | 'node_cleared'
    | 'node_reconciled'
    | 'policy_changed',
  link: Link,
  details: EventDraft['details'],
): EventDraft {
  return { type, sku: null, location: link.location, reservationId: null, details };
}

/** The location is the peer's to handle from now on; a shop learns of its own with the hub's log. */
function addLink(state: WorkingState, { link }: AddLinkCommand, origin: Origin): LinkResult {
  if (state.link(link.peer)) return { code: 'node_exists', node: link.peer };
  const made = newLink(link);
  if (link.peerRole === 'hub') {
    state.setLink(made);
    return made;
  }
  const { location, peer, policy } = link;
  const place = state.location(location);
  if (!place) return { code: 'location_not_found', location };
  if (place.node !== undefined) return { code: 'node_exists', node: place.node };
  state.setLink(made);
  state.apply([notice('node_added', made, { peer, policy })], origin);
  return made;
}

/** @returns the link where the command belongs to its running session, or why not */
function sessionOf(
  state: WorkingState,
  { peer, session }: { readonly peer: string; readonly session: number },
): Link | LinkRefusal {
  const link = state.link(peer);
  if (!link) return { code: 'node_not_found', node: peer };
  if (link.session !== session) return { code: 'session_closed', session: link.session };
  return link;
}

function updateLink(state: WorkingState, command: UpdateLinkCommand, origin: Origin): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  const after: Link = { ...link, ...command.change };
  state.setLink(after);
  if (after.fence !== link.fence) state.apply([fenceNotice(after)], origin);
  if (command.change.policy !== undefined && link.peerRole === 'store') {
    const { peer, policy } = after;
    state.apply([notice('policy_changed', after, { peer, policy })], origin);
  }
  return after;
}

function fenceNotice(link: Link): EventDraft {
  const { peer, fence } = link;
  return fence === null
    ? notice('node_cleared', link, { peer })
    : notice('node_fenced', link, { peer, fence });
}

function applyEntries(
  state: WorkingState,
  command: ApplyEntriesCommand,
  origin: Origin,
  giveBackDue: (sku: string, location: string) => void,
): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  if (link.received !== command.after) return { code: 'cursor_mismatch', received: link.received };
  const { through: received, digest: receivedDigest } = command;
  state.setLink({ ...link, received, receivedDigest });
  for (const event of command.entries) {
    const applied = link.status === 'active';
    state.mirror({ peer: link.peer, event, applied });
    if (applied) applyEntry(state, link.peer, event, origin, giveBackDue);
  }
  return state.existingLink(link.peer);
}

function applyEntry(
  state: WorkingState,
  peer: string,
  event: LoggedEvent,
  origin: Origin,
  giveBackDue: (sku: string, location: string) => void,
): void {
  const link = state.existingLink(peer);
  if (isAboutOtherGoods(link, event)) return;
  const { sku, location, type, details } = event;
  if (type === 'want' && sku !== null && location !== null) giveBackDue(sku, location);
  const groups = decideEntry(state, link, event, state.now);
  if (sku !== null && location !== null) {
    const share = state.share(peer, sku, location);
    const after = shareAfterPeer(share, event, link.self);
    if (after !== share) state.setShare(after);
  }
  for (const group of groups) state.apply(group, origin);
  const isOwnGrant = type === 'grant' && details?.peer === link.self;
  if (isOwnGrant && details.replayOf === undefined) {
    const acceptedThrough = Math.max(link.acceptedThrough, event.position);
    state.setLink({ ...state.existingLink(peer), acceptedThrough });
  }
  const isPolicy = link.peerRole === 'hub' && details?.peer === link.self;
  if (isPolicy && details.policy !== undefined) {
    state.setLink({ ...state.existingLink(peer), policy: details.policy });
  }
}

function shareOut(state: WorkingState, command: ShareOutCommand, origin: Origin): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  if (link.considered !== command.after) {
    return { code: 'cursor_mismatch', received: link.considered };
  }
  const after = { ...link, considered: command.through };
  state.setLink(after);
  if (link.status !== 'active' || link.fence !== null) return after;
  const split = link.peerRole === 'hub' ? decideSplit : decideFirstSplit;
  for (const { sku, location } of command.levels) {
    const level = state.level(sku, location);
    state.apply(split(level, state.share(link.peer, sku, location), link.policy), origin);
  }
  for (const id of command.reservations) {
    const reservation = state.reservation(id);
    if (reservation) state.apply(decideHandOver(reservation, link), origin);
  }
  return after;
}

function ask(state: WorkingState, { request, wants }: AskCommand, origin: Origin): LinkResult {
  for (const { peer, sku, location, units } of wants) {
    const link = state.link(peer);
    if (link?.status !== 'active' || link.fence !== null) continue;
    const details = { peer, request, units, session: link.session };
    state.apply([{ type: 'want', sku, location, reservationId: null, details }], origin);
  }
  return null;
}

function askCancel(state: WorkingState, command: AskCancelCommand, origin: Origin): LinkResult {
  const { request, reservationId } = command;
  const reservation = state.reservation(reservationId);
  if (reservation?.status !== 'confirmed') return null;
  for (const peer of command.peers) {
    const link = state.link(peer);
    if (link?.status === 'retired') state.apply(lostParts(reservation, peer), origin);
    if (link?.status !== 'active') continue;
    const details = { peer, request, session: link.session };
    const asked: EventDraft = {
      type: 'cancel_asked',
      sku: null,
      location: link.location,
      reservationId,
      details,
    };
    state.apply([asked], origin);
  }
  return null;
}

/** What a node that was given up for lost had in hand is handed over by nobody any more. */
function lostParts({ id, lines }: Reservation, peer: string): readonly EventDraft[] {
  return lines.flatMap(({ sku, location, passed }) => {
    if (passed?.node !== peer || passed.open === 0) return [];
    const details = { peer, units: passed.open };
    return [{ type: 'part_cancelled', sku, location, reservationId: id, details }];
  });
}

function retire(state: WorkingState, { peer }: RetireNodeCommand, origin: Origin): LinkResult {
  const link = state.link(peer);
  if (!link || link.peerRole === 'hub') return { code: 'node_not_found', node: peer };
  if (link.status === 'retired') return link;
  const after: Link = { ...link, status: 'retired', fence: null, session: link.session + 1 };
  state.setLink(after);
  state.apply([notice('node_retired', after, { peer })], origin);
  if (link.fence !== null) state.apply([fenceNotice(after)], origin);
  return after;
}

/**
 * Units of the peer and on their way to it are gone, and stay gone: what turns up is received anew. So is what it owed:
 * a movement of no units says so, for nobody is to count it or to make it good.
 */
function writeOff(
  state: WorkingState,
  { peer, levels }: WriteOffCommand,
  origin: Origin,
): LinkResult {
  const link = state.link(peer);
  if (!link) return { code: 'node_not_found', node: peer };
  if (link.status !== 'retired') return link;
  for (const { sku, location } of levels) {
    const share = state.share(peer, sku, location);
    const quantity = Math.max(onHand(share) + inFlight(share), 0);
    if (quantity === 0 && isSettled(share)) continue;
    const details = { peer };
    state.apply(
      [
        {
          type: 'write_off',
          sku,
          location,
          quantity,
          from: 'transit',
          to: 'shrinkage',
          reservationId: null,
          details,
        },
      ],
      origin,
    );
  }
  return link;
}

function replay(state: WorkingState, command: ReplayEntriesCommand, origin: Origin): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  const begun = link.recovery;
  const isUnderWay = begun !== null && begun.replayed > begun.common;
  const replayed = isUnderWay ? begun.replayed : command.common;
  if (replayed !== command.after) return { code: 'cursor_mismatch', received: replayed };
  for (const lost of runsOf(command.entries.filter((event) => mayTellOf(link, event)))) {
    const [first] = lost;
    if (first === undefined) continue;
    const { actor } = first;
    for (const group of decideReplay(state, state.existingLink(link.peer), lost)) {
      state.apply(group, { actor, requestId: origin.requestId });
    }
    for (const event of lost) noteAccepted(state, link.peer, event);
  }
  fenceNewPlace(state, link, origin);
  const recovery = { common: command.common, replayed: command.through };
  state.setLink({ ...state.existingLink(link.peer), recovery });
  return state.existingLink(link.peer);
}

/** A shop knows of this log only what concerned it; what it says to know besides is not believed. */
function mayTellOf(link: Link, event: LoggedEvent): boolean {
  return link.peerRole === 'hub' || !isAboutOtherGoods(link, event);
}

/** A location that was lost as well is there again, and nothing may be promised there yet. */
function fenceNewPlace(state: WorkingState, link: Link, origin: Origin): void {
  const place = state.location(link.location);
  if (place === undefined || place.fence !== undefined || link.fence === null) return;
  state.apply([fenceNotice(link)], origin);
}

/** No grant is taken in twice, though the peer may tell of it again. */
function noteAccepted(state: WorkingState, peer: string, { type, details }: LoggedEvent): void {
  if (type !== 'accept' || details?.peer !== peer || details.grant === undefined) return;
  const known = state.existingLink(peer);
  const acceptedThrough = Math.max(known.acceptedThrough, details.grant);
  state.setLink({ ...known, acceptedThrough });
}

/** What an operator has allowed stays allowed until the next session: the peer may have to ask for this once more. */
function rewind(state: WorkingState, command: RewindCommand, origin: Origin): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  const { common, digest } = command;
  const after: Link = {
    ...link,
    received: common,
    receivedDigest: digest,
    acceptedThrough: Math.min(link.acceptedThrough, common),
    fence: null,
  };
  state.setLink(after);
  state.supersede({ peer: link.peer, position: common });
  state.apply([notice('node_reconciled', after, { peer: link.peer })], origin);
  if (link.fence !== null) state.apply([fenceNotice(after)], origin);
  return after;
}
