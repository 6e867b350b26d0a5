import type { LoggedEvent, Origin } from '../domain/events.ts';
import type { ReplayEntriesCommand, RewindCommand } from '../domain/links/commands.ts';
import { isAboutOtherGoods } from '../domain/links/entries.ts';
import type { Link } from '../domain/links/link.ts';
import { decideReplay, runsOf } from '../domain/links/replay.ts';
import { applyTold } from './applyTold.ts';
import { fenceNotice, type LinkResult, notice, sessionOf } from './linkWork.ts';
import type { WorkingState } from './workingState.ts';

/** Puts back a page of what this log has lost, and notes how far that has come. */
export function replay(
  state: WorkingState,
  command: ReplayEntriesCommand,
  origin: Origin,
): LinkResult {
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
      // Who is restored to before it heard of this the first time hears of it again.
      applyTold(state, group, { actor, requestId: origin.requestId });
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

/**
 * No grant is taken in twice, though the peer may tell of it again. Where the peer's log was followed anew from some place,
 * the positions after it are given anew as well; grants before it are the same as ever.
 */
function noteAccepted(state: WorkingState, peer: string, { type, details }: LoggedEvent): void {
  if (details?.peer !== peer) return;
  const known = state.existingLink(peer);
  const { grant = 0 } = details;
  if (type === 'node_reconciled') {
    state.setLink({ ...known, acceptedThrough: Math.min(known.acceptedThrough, grant) });
  }
  if (type === 'accept') {
    state.setLink({ ...known, acceptedThrough: Math.max(known.acceptedThrough, grant) });
  }
}

/** What an operator has allowed stays allowed until the next session: the peer may have to ask for this once more. */
export function rewind(state: WorkingState, command: RewindCommand, origin: Origin): LinkResult {
  const link = sessionOf(state, command);
  if ('code' in link) return link;
  const { common, digest } = command;
  const after: Link = {
    ...link,
    received: common,
    receivedDigest: digest,
    acceptedThrough: Math.min(link.acceptedThrough, knownThrough(link, command)),
    fence: null,
  };
  state.setLink(after);
  state.supersede({ peer: link.peer, position: common });
  const details = { peer: link.peer, grant: after.acceptedThrough };
  state.apply([notice('node_reconciled', after, details)], origin);
  if (link.fence !== null) state.apply([fenceNotice(after)], origin);
  return after;
}

/**
 * Up to where grants of the peer's log are those that were taken in here: mostly as far as the copy agrees with it. But
 * what was taken in after the end of the copy is known from the peer, which had kept this log when it was lost here; so the
 * peer's log has it, and only what the peer itself has lost since is not.
 */
function knownThrough({ acceptedThrough, received }: Link, { common, kept }: RewindCommand) {
  return acceptedThrough > received ? kept : common;
}
