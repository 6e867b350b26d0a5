import type { LoggedEvent } from '../../domain/events.ts';
import { isMovement } from '../../domain/events.ts';
import type { Link, PeerRole } from '../../domain/links/link.ts';
import type { Share } from '../../domain/links/share.ts';
import type { MirrorPlace, MirrorRow, MirrorState } from '../../ledger/books.ts';

/** A link as it is kept; `state` is all of it that has no column, as JSON. */
export type LinkColumns = {
  readonly peer: string;
  readonly peerRole: PeerRole;
  readonly location: string;
  readonly state: string;
};

/** Of `links`. */
export const LINK_COLUMNS = 'peer, peer_role AS "peerRole", location, state';

export function linkOf({ peer, peerRole, location, state }: LinkColumns): Link {
  const rest = JSON.parse(state) as Omit<Link, 'peer' | 'peerRole' | 'location'>;
  return { peer, peerRole, location, ...rest };
}

export function linkColumns({ peer, peerRole, location, ...rest }: Link): LinkColumns {
  return { peer, peerRole, location, state: JSON.stringify(rest) };
}

/** Of `shares`: a row is a share. */
export const SHARE_COLUMNS = `
  peer, sku, location, available, reserved, committed, unavailable, version, position, time,
  granted, arrived, request, request_session AS "requestSession"`;

/** A share of its own, whatever kind of object the engine reads. */
export function shareOf(columns: Share): Share {
  const { peer, sku, location, available, reserved, committed, unavailable } = columns;
  const { version, position, time, granted, arrived, request, requestSession } = columns;
  return {
    peer,
    sku,
    location,
    available,
    reserved,
    committed,
    unavailable,
    version,
    position,
    time,
    granted,
    arrived,
    request,
    requestSession,
  };
}

/** An entry of a peer's log as it is kept; `entry` is the event as JSON, and `sku` and `location` those of a movement. */
export type MirrorColumns = {
  readonly peer: string;
  readonly position: number;
  readonly sku: string | null;
  readonly location: string | null;
  readonly reservationId: string | null;
  readonly appliedAt: number;
  readonly state: MirrorState;
  readonly entry: string;
};

/** What is read of `mirror` where an entry is all that is wanted. */
export type EntryColumns = Pick<MirrorColumns, 'peer' | 'entry'>;

/** What is read of `mirror` where it is carried elsewhere, or looked through. */
export type MirrorRowColumns = Pick<MirrorColumns, 'peer' | 'appliedAt' | 'state' | 'entry'>;
export const MIRROR_ROW_COLUMNS = 'peer, applied_at AS "appliedAt", state, entry';

export function mirrorColumns({ peer, event, appliedAt, state }: MirrorRow): MirrorColumns {
  const level = isMovement(event) ? event : { sku: null, location: null };
  const { position, reservationId } = event;
  const { sku, location } = level;
  const entry = JSON.stringify(event);
  return { peer, position, sku, location, reservationId, appliedAt, state, entry };
}

export function mirrorRowOf({ peer, appliedAt, state, entry }: MirrorRowColumns): MirrorRow {
  return { peer, event: entryOf({ entry }), appliedAt, state };
}

export function placeOf({ peer, appliedAt, event }: MirrorRow): MirrorPlace {
  return { peer, appliedAt, position: event.position };
}

export function entryOf({ entry }: Pick<MirrorColumns, 'entry'>): LoggedEvent {
  return JSON.parse(entry) as LoggedEvent;
}
