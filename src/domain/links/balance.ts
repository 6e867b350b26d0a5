import type { EventDraft } from '../events.ts';
import type { Level } from '../stock.ts';
import { type Ends, hubPart, needsOf } from './atRest.ts';
import { grantAtRest } from './grants.ts';
import type { Link } from './link.ts';
import type { SharePolicy } from './policy.ts';
import { reasonOf } from './reasons.ts';
import { comingUnits, isAskedFor, type Share } from './share.ts';

/**
 * Units by which an end must be off before any are moved: one that would lie as well on either side stays. The last one
 * goes to the end that asks for half as much again as the other.
 */
const SLACK_UNITS = 0.55;
/** Part of all units by which it must be off where neither end lacks any. */
const SLACK_PART = 0.25;

/** What there is to be divided, at each end, with what is on its way. Seen from the shop. */
function endsOf(level: Level, share: Share): Ends {
  return {
    hub: Math.max(share.available, 0) + comingUnits(share),
    shop: Math.max(level.available, 0),
  };
}

/** How far from its part the hub may be without any unit being moved. */
function slackOf(now: Ends, part: number, policy: SharePolicy, demand: Ends | undefined): number {
  const all = now.hub + now.shop;
  const isStrict = part === 0 || part === all;
  if (isStrict || lacksUnits(now, part, policy, demand)) return SLACK_UNITS;
  return Math.max(SLACK_UNITS, SLACK_PART * all);
}

/** Whether one of the ends has less than it needs for those who are expected, or nothing at all of its part. */
function lacksUnits(
  now: Ends,
  part: number,
  policy: SharePolicy,
  demand: Ends | undefined,
): boolean {
  if (policy.adaptive !== true || demand === undefined) {
    return now.hub === 0 || now.shop === 0 || now.shop < Math.min(policy.floor, now.hub + now.shop);
  }
  const needs = needsOf(demand, policy);
  return now.hub < needs.hub || now.shop < needs.shop || part < needs.hub;
}

/**
 * Moves units of a level to where they are to be at rest, if they are far enough from it. Decided by the shop alone, who
 * knows both ends: it passes on what it has too much of, and asks for what the hub has too much of. While a buyer waits here
 * for units of the hub, nothing is moved: what is here is wanted.
 */
export function decideBalance(
  link: Link,
  level: Level,
  share: Share,
  policy: SharePolicy,
  demand: Ends | undefined,
): readonly EventDraft[] {
  if (isAskedFor(share, link.session)) return [];
  if (policy.adaptive === true && (demand === undefined || demand.hub + demand.shop === 0)) {
    return [];
  }
  const now = endsOf(level, share);
  const part = hubPart(now.hub + now.shop, policy, demand);
  if (Math.abs(now.hub - part) < slackOf(now, part, policy, demand)) return [];
  const reason = reasonOf(policy, demand);
  const target = policy.adaptive === true ? Math.round(part) : Math.floor(part);
  const given = Math.min(target - now.hub, now.shop);
  if (given > 0) return [grantAtRest(level, given, share.peer, reason)];
  const wanted = Math.min(now.hub - target, Math.max(share.available, 0));
  return wanted > 0 ? [askFor(link, level, { units: wanted, keep: target, reason })] : [];
}

function askFor(
  { peer, session }: Link,
  { sku, location }: Level,
  asked: { readonly units: number; readonly keep: number; readonly reason: string },
): EventDraft {
  const details = { peer, session, ...asked };
  return { type: 'share_wanted', sku, location, reservationId: null, details };
}
