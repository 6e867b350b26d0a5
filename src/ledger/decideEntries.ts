import type { EventDraft, LoggedEvent, Origin } from '../domain/events.ts';
import { decideBalance } from '../domain/links/balance.ts';
import type {
  ApplyEntriesCommand,
  AskCancelCommand,
  AskCommand,
  BalanceCommand,
  ShareOutCommand,
} from '../domain/links/commands.ts';
import { decideEntry, isAboutOtherGoods } from '../domain/links/entries.ts';
import { decideFirstSplit, decideHandOver, decideSplit } from '../domain/links/grants.ts';
import type { Link } from '../domain/links/link.ts';
import { policyOf, type SharePolicy } from '../domain/links/policy.ts';
import { shareAfterPeer } from '../domain/links/share.ts';
import type { Reservation } from '../domain/reservation.ts';
import { type LinkResult, sessionOf } from './linkWork.ts';
import type { WorkingState } from './workingState.ts';

/** Applies what the peer's log says, entry after entry, and moves the cursor past it. */
export function applyEntries(
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

/** Passes units on, as what is new in this log gives reason to. */
export function shareOut(
  state: WorkingState,
  command: ShareOutCommand,
  origin: Origin,
): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  if (link.considered !== command.after) {
    return { code: 'cursor_mismatch', received: link.considered };
  }
  const after = { ...link, considered: command.through };
  state.setLink(after);
  if (link.status !== 'active' || link.fence !== null) return after;
  const split = link.peerRole === 'hub' ? decideSplit : decideFirstSplit;
  for (const { sku, location, demand } of command.levels) {
    const level = state.level(sku, location);
    const share = state.share(link.peer, sku, location);
    state.apply(split(level, share, policyAt(state, link, sku), demand), origin);
  }
  for (const id of command.reservations) {
    const reservation = state.reservation(id);
    if (reservation) state.apply(decideHandOver(reservation, link), origin);
  }
  return after;
}

/** Who is to own what of the level at rest. */
function policyAt(state: WorkingState, { policy }: Link, sku: string): SharePolicy {
  return policyOf(policy, sku, state.product(sku)?.category);
}

/** Moves units to where they are to be at rest. */
export function balance(state: WorkingState, command: BalanceCommand, origin: Origin): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  if (link.status !== 'active' || link.fence !== null) return link;
  for (const { sku, location, demand } of command.levels) {
    const level = state.level(sku, location);
    const share = state.share(link.peer, sku, location);
    const policy = policyAt(state, link, sku);
    state.apply(decideBalance(link, level, share, policy, demand), origin);
  }
  return link;
}

export function ask(
  state: WorkingState,
  { request, wants }: AskCommand,
  origin: Origin,
): LinkResult {
  for (const { peer, sku, location, units } of wants) {
    const link = state.link(peer);
    if (link?.status !== 'active' || link.fence !== null) continue;
    const details = { peer, request, units, session: link.session };
    state.apply([{ type: 'want', sku, location, reservationId: null, details }], origin);
  }
  return null;
}

export function askCancel(
  state: WorkingState,
  command: AskCancelCommand,
  origin: Origin,
): LinkResult {
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
