import type { Origin } from '../domain/events.ts';
import type {
  AddLinkCommand,
  LinkCommand,
  RetireNodeCommand,
  UpdateLinkCommand,
  WriteOffCommand,
} from '../domain/links/commands.ts';
import { type Link, newLink } from '../domain/links/link.ts';
import { inFlight, isSettled } from '../domain/links/share.ts';
import { standing } from '../domain/links/transferSteps.ts';
import { onHand } from '../domain/stock.ts';
import { applyEntries, ask, askCancel, balance, shareOut } from './decideEntries.ts';
import { replay, rewind } from './decideRecovery.ts';
import { fenceNotice, type LinkResult, notice, sessionOf } from './linkWork.ts';
import type { DecidedOutcome } from './outcome.ts';
import type { WorkingState } from './workingState.ts';

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
    case 'balance':
      return balance(state, command, origin);
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
  for (const transfer of state.openTransfersAt(location)) {
    state.apply(standing(transfer, location), origin);
  }
  return made;
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
