import type { Ends } from './atRest.ts';
import type { SharePolicy } from './policy.ts';

/** What came in, or was the hub's before the shop had a node, is divided at once, and not by the plan. */
const NEW_UNITS = 'newly shared; ';

/** Why units are to lie where they are moved to at rest, for whoever reads the log. */
export function reasonOf(policy: SharePolicy, demand: Ends | undefined): string {
  if (policy.adaptive !== true || demand === undefined || demand.hub + demand.shop === 0) {
    return `policy: the hub's part is ${policy.hubShare}, floor ${policy.floor}`;
  }
  return `expected demand: ${demand.hub.toPrecision(2)} at the hub, ${demand.shop.toPrecision(2)} in the shop`;
}

/** As `reasonOf`, for units that are divided for the first time. */
export function reasonOfNewUnits(policy: SharePolicy, demand: Ends | undefined): string {
  return `${NEW_UNITS}${reasonOf(policy, demand)}`;
}

export function isOfNewUnits(reason: string): boolean {
  return reason.startsWith(NEW_UNITS);
}
