import type { Location } from '../../domain/catalogue.ts';
import type { Change, Needs, Writes } from '../../ledger/store.ts';

/**
 * `log_head.custody` counts the links that were made and the changes of who has the goods of a location in hand, and of
 * whether they may be promised. It stands in a row that every commit reads under its locks and writes last, so it costs
 * no statement. What is guaranteed, among any number of servers:
 * - a commit is written only while the number is still what it was when the commit was decided, guessed or looked up.
 *   So no unit is promised at a location behind a fence that was committed before, though nobody locks locations;
 * - while it is 0 there has never been a link, and nothing of links is read or locked.
 */
export type Custody = number;

/** How much a commit adds to the number. */
export function custodyChange({ links, locations }: Pick<Writes, 'links' | 'locations'>): 0 | 1 {
  const isChanged = [...links.values()].some(isMade) || [...locations.values()].some(changesHands);
  return isChanged ? 1 : 0;
}

function isMade({ before }: Change<unknown>): boolean {
  return before === undefined;
}

function changesHands({ before, after }: Change<Location>): boolean {
  return before?.node !== after?.node || before?.fence !== after?.fence;
}

/** Whether a commit names links or shares, whatever is known of there being any. */
export function asksForLinks({ links, shares }: Pick<Needs, 'links' | 'shares'>): boolean {
  return links.size > 0 || shares.size > 0;
}
