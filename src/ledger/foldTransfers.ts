import { isMovement, type LoggedEvent, type Movement } from '../domain/events.ts';
import { evolveTransfer } from '../domain/evolveTransfer.ts';
import { invariant } from '../domain/invariant.ts';
import type { Link } from '../domain/links/link.ts';
import { isOpenTransfer, type Transfer } from '../domain/transfer.ts';
import type { HistoryKind } from './foldHistories.ts';
import { outstandingUnits } from './openSums.ts';

/** What the fold needs to know of transfers, and what it learns of them besides. */
export class TransferHistory implements HistoryKind<Transfer> {
  readonly name = 'transfer';
  /** Units under way by what other nodes did: sent by them, less what they have accounted for. */
  sentElsewhere = 0n;
  readonly #isLinked: boolean;

  constructor(links: readonly Link[]) {
    this.#isLinked = links.length > 0;
  }

  evolve(before: Transfer | undefined, events: readonly LoggedEvent[], time: number): Transfer {
    let transfer = before;
    for (const run of runsOf(events)) {
      const after = evolveTransfer(transfer, run, time);
      for (const event of run) if (isMovement(event)) assertEnd(after, event);
      const isHeard = run.some((event) => !isMovement(event));
      if (isHeard) this.sentElsewhere += outstandingUnits(after) - unitsOf(transfer);
      transfer = after;
    }
    invariant(transfer !== undefined, 'a transfer begins with an event');
    const isSent = this.#isLinked || transfer.from !== null;
    invariant(isSent, 'only a node with links receives what it does not know to have been sent');
    return transfer;
  }

  /**
   * What happened at another node may be heard of later than anything else; and goods may come to any node under the id of
   * any transfer, also of one that never was to leave this node and has ended long ago.
   */
  isOpen(transfer: Transfer): boolean {
    return this.#isLinked || isOpenTransfer(transfer);
  }
}

function unitsOf(transfer: Transfer | undefined): bigint {
  return transfer ? outstandingUnits(transfer) : 0n;
}

/** What this node did, and what it heard of others, in turn. */
function runsOf(events: readonly LoggedEvent[]): LoggedEvent[][] {
  const runs: LoggedEvent[][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && isMovement(before) === isMovement(event)) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

/**
 * Goods leave and come back at one end of a transfer, and arrive or are missed at the other, once the dispatch is known.
 * What puts back a lost movement is where that was, whatever is known of the transfer by now.
 */
function assertEnd({ from, to }: Transfer, { type, location, details }: Movement): void {
  const end = type === 'dispatch' || type === 'recall' ? from : to;
  invariant(
    location === end || from === null || details?.replayOf !== undefined,
    () => `${type} at ${JSON.stringify(location)} instead of ${JSON.stringify(end)}`,
  );
}
