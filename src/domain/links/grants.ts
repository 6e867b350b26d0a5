import type { MovementDraft } from '../events.ts';
import type { Reservation } from '../reservation.ts';
import type { Level } from '../stock.ts';
import { type Ends, hubPart } from './atRest.ts';
import type { Link } from './link.ts';
import type { SharePolicy } from './policy.ts';
import { reasonOfNewUnits } from './reasons.ts';
import { comingUnits, owedUnits, type Share } from './share.ts';

/** Passes available units to the peer. */
export function grantUnits(
  { sku, location }: Pick<Level, 'sku' | 'location'>,
  units: number,
  peer: string,
  request?: string,
): MovementDraft {
  return {
    type: 'grant',
    sku,
    location,
    quantity: units,
    from: 'available',
    to: 'transit',
    reservationId: null,
    details: request === undefined ? { peer } : { peer, request },
  };
}

/** Passes on units that are to lie with the peer at rest, and says why. */
export function grantAtRest(
  level: Pick<Level, 'sku' | 'location'>,
  units: number,
  peer: string,
  reason: string,
): MovementDraft {
  const grant = grantUnits(level, units, peer);
  return { ...grant, details: { ...grant.details, reason } };
}

/** What the peer has handed over or promised without having it comes before anybody else's wishes. */
export function decideCover(level: Level, share: Share): readonly MovementDraft[] {
  const units = Math.min(Math.max(level.available, 0), owedUnits(share));
  return units > 0 ? [grantUnits(level, units, share.peer)] : [];
}

/** The hub's part of what came in at the shop: what is missing to its share of all available units of the level. */
export function decideSplit(
  level: Level,
  share: Share,
  policy: SharePolicy,
  demand?: Ends,
): readonly MovementDraft[] {
  const owned = Math.max(level.available, 0);
  const hubOwned = Math.max(share.available, 0) + comingUnits(share);
  const target = Math.floor(hubPart(owned + hubOwned, policy, demand));
  const units = Math.min(target - hubOwned, owned);
  if (units <= 0) return [];
  return [grantAtRest(level, units, share.peer, reasonOfNewUnits(policy, demand))];
}

/**
 * What the shop is to own of what the hub owned before the shop had a node: its part of what is available, and all that is
 * unavailable, for only who has the goods can look at them and restore them.
 */
export function decideFirstSplit(
  level: Level,
  share: Share,
  policy: SharePolicy,
): readonly MovementDraft[] {
  return [...splitAvailable(level, share, policy), ...passUnavailable(level, share.peer)];
}

function passUnavailable(level: Level, peer: string): readonly MovementDraft[] {
  const { unavailable } = level;
  return unavailable > 0 ? [{ ...grantUnits(level, unavailable, peer), from: 'unavailable' }] : [];
}

function splitAvailable(level: Level, share: Share, policy: SharePolicy): readonly MovementDraft[] {
  const owned = Math.max(level.available, 0);
  const shopOwned = Math.max(share.available, 0) + comingUnits(share);
  const all = owned + shopOwned;
  const shopTarget = all - Math.floor(hubPart(all, policy, undefined));
  const units = Math.min(shopTarget - shopOwned, owned);
  if (units <= 0) return [];
  return [grantAtRest(level, units, share.peer, reasonOfNewUnits(policy, undefined))];
}

/** What was sold goes to the node that has the goods, which hands it over. */
export function decideHandOver(reservation: Reservation, link: Link): readonly MovementDraft[] {
  if (reservation.status !== 'confirmed' || reservation.madeBy !== undefined) return [];
  const { expiresAt, ttlSeconds } = reservation;
  return reservation.lines.flatMap(({ sku, location, confirmed, fulfilled, passed }) => {
    const units = confirmed - fulfilled;
    if (location !== link.location || passed !== undefined || units === 0) return [];
    return [
      {
        type: 'grant',
        sku,
        location,
        quantity: units,
        from: 'committed',
        to: 'transit',
        reservationId: reservation.id,
        details: { peer: link.peer, expiresAt, ttlSeconds },
      },
    ];
  });
}
