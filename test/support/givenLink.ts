import type {
  EventDetails,
  LoggedEvent,
  Movement,
  MovementType,
  NoticeType,
} from '../../src/domain/events.ts';
import { type Link, newLink } from '../../src/domain/links/link.ts';
import { emptyShare, type Share } from '../../src/domain/links/share.ts';
import type { LinkState } from '../../src/domain/links/state.ts';
import type { Account, OutsideAccount } from '../../src/domain/stock.ts';
import { type Given, givenState, NOW } from './givenState.ts';

/** A state for the rules of links, made of plain rows. */
export function givenLinkState(given: Given & { readonly links?: readonly Link[] }): LinkState {
  const { links = [], shares = [] } = given;
  return {
    ...givenState(given),
    link: (peer) => links.find((link) => link.peer === peer),
    share: (peer, sku, location) =>
      shares.find((row) => row.peer === peer && row.sku === sku && row.location === location) ??
      emptyShare(peer, sku, location),
  };
}

const LINK = { location: 'north', secret: 'secret', policy: { hubShare: 0.5, floor: 0 } };

/** The hub's end of its link to `shop`, which has the goods at `north`; in its fourth session. */
export function atHub(row: Partial<Link> = {}): Link {
  const made = newLink({ ...LINK, peer: 'shop', peerRole: 'store', self: 'hub' });
  return { ...made, session: 4, ...row };
}

/** The shop's end of the same link. */
export function atShop(row: Partial<Link> = {}): Link {
  const made = newLink({ ...LINK, peer: 'hub', peerRole: 'hub', self: 'shop' });
  return { ...made, session: 4, ...row };
}

/** What a peer owns of `apple` at `north`. */
export function share(peer: string, row: Partial<Share> = {}): Share {
  return { ...emptyShare(peer, 'apple', 'north'), ...row };
}

const OWN = { available: 0, reserved: 0, committed: 0, unavailable: 0 };

/** A movement of `apple` at `north` in a peer's log, at position 10 unless `row` says otherwise. */
export function moved(
  type: MovementType,
  path: readonly [from: Account | OutsideAccount, to: Account | OutsideAccount],
  quantity: number,
  row: Partial<LoggedEvent & Movement> = {},
): LoggedEvent & Movement {
  const [from, to] = path;
  return {
    type,
    sku: 'apple',
    location: 'north',
    quantity,
    from,
    to,
    reservationId: null,
    details: null,
    version: 3,
    balances: OWN,
    actor: 'ann',
    requestId: 'q',
    position: 10,
    time: NOW,
    ...row,
  };
}

interface NoticeRow {
  readonly sku?: string;
  readonly location?: string;
  readonly reservationId?: string;
  readonly details?: EventDetails;
}

/** A notice in a peer's log, at position 10. */
export function noticed(type: NoticeType, row: NoticeRow = {}): LoggedEvent {
  const { sku = null, location = null, reservationId = null, details = null } = row;
  const origin = { actor: 'ann', requestId: 'q', position: 10, time: NOW };
  return { type, sku, location, reservationId, details, ...origin };
}
