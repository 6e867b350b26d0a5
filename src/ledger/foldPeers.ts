import {
  isMovement,
  type LoggedEvent,
  type Movement,
  type MovementType,
} from '../domain/events.ts';
import { isAboutOtherGoods } from '../domain/links/entries.ts';
import type { Link } from '../domain/links/link.ts';
import {
  concernsShare,
  emptyShare,
  type Share,
  type ShareKey,
  shareAfterOwn,
  shareAfterPeer,
  shareKey,
} from '../domain/links/share.ts';
import type { Books, MirrorPlace, MirrorRow } from './books.ts';
import { UnreadableRowError } from './errors.ts';
import type { Findings } from './findings.ts';
import type { Folded } from './foldHistories.ts';

const ENTRIES_PER_PAGE = 1_000;

/** What passed between this node and one peer. */
interface Passed {
  /** Units that this node has taken in. */
  accepted: bigint;
  /** Units that the peer's log says were passed to this node. */
  granted: bigint;
  /** Position of the last grant that was taken in. */
  lastGrant: number;
  /** Position of the last entry that was applied. */
  lastEntry: number;
}

/**
 * What peers own, folded from this node's log and from what is mirrored of theirs. The two change different parts of a
 * share, but for a write-off, after which nothing of a peer is applied any more; so first comes the whole log, then the
 * mirror, and at the end what was written off.
 */
export class PeersFold {
  readonly shares = new Map<ShareKey, Folded<Share>>();
  /** Units that this node's log says were passed to peers, but for those that it has taken in or written off. */
  lent = 0n;
  readonly #findings: Findings;
  readonly #passed = new Map<string, Passed>();
  readonly #writtenOff: LoggedEvent[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Takes an event of this node's log, in order. */
  add(event: LoggedEvent): void {
    if (isMovement(event)) this.#lend(event.type, BigInt(event.quantity));
    const peer = event.details?.peer;
    if (peer === undefined) return;
    if (event.type === 'node_reconciled') this.#rewind(peer, event.details?.grant ?? 0);
    if (event.type === 'accept' && isMovement(event)) this.#takeIn(event, peer);
    if (event.type === 'write_off') this.#writtenOff.push(event);
    else if (concernsShare(event)) this.#evolve(peer, event, event.position, shareAfterOwn);
  }

  /** After the whole log. */
  async addMirror(books: Pick<Books, 'links' | 'mirror'>): Promise<void> {
    try {
      const links = new Map((await books.links()).map((link) => [link.peer, link]));
      for await (const row of rowsOf(books)) this.#addRow(row, links.get(row.peer));
      for (const link of links.values()) this.#checkLink(link);
    } catch (error) {
      if (!(error instanceof UnreadableRowError)) throw error;
      const subject = "entries of other nodes' logs";
      this.#findings.add('row_unreadable', null, subject, 'entries', 'what cannot be read');
    }
    for (const event of this.#writtenOff) {
      const peer = event.details?.peer ?? '';
      this.#evolve(peer, event, event.position, shareAfterOwn);
    }
  }

  #lend(type: MovementType, units: bigint): void {
    if (type === 'grant') this.lent += units;
    if (type === 'accept' || type === 'write_off') this.lent -= units;
  }

  /** The positions after this one are given anew. */
  #rewind(peer: string, grant: number): void {
    const passed = this.#passedWith(peer);
    passed.lastGrant = Math.min(passed.lastGrant, grant);
  }

  #takeIn({ position, details, quantity }: LoggedEvent & Movement, peer: string): void {
    const passed = this.#passedWith(peer);
    const grant = details?.grant ?? 0;
    if (grant <= passed.lastGrant) {
      const after = `a grant after position ${passed.lastGrant}`;
      this.#findings.add('grant_repeated', position, linkName(peer), after, grant);
    }
    passed.lastGrant = grant;
    passed.accepted += BigInt(quantity);
  }

  #addRow({ peer, event, appliedAt, state }: MirrorRow, link: Link | undefined): void {
    if (state === 'unapplied') return;
    const self = link?.self ?? '';
    const passed = this.#passedWith(peer);
    if (state === 'applied') passed.lastEntry = event.position;
    if (link !== undefined && isAboutOtherGoods(link, event)) return;
    this.#evolve(peer, event, appliedAt, (share) => shareAfterPeer(share, event, self));
    const { type, details } = event;
    const isForUs = type === 'grant' && details?.peer === self && details.replayOf === undefined;
    if (isForUs && isMovement(event)) passed.granted += BigInt(event.quantity);
  }

  /** @param position of this node's log */
  #evolve(
    peer: string,
    event: LoggedEvent,
    position: number,
    after: (share: Share, event: LoggedEvent) => Share,
  ): void {
    const { sku, location } = event;
    if (sku === null || location === null) return;
    const key = shareKey(peer, sku, location);
    const before = this.shares.get(key)?.row ?? emptyShare(peer, sku, location);
    const row = after(before, event);
    if (row !== before) this.shares.set(key, { row, position });
  }

  /** A cursor that lags behind what was applied would let it be applied again; a grant that was not taken in is lost. */
  #checkLink({ peer, received }: Link): void {
    const { lastEntry, granted, accepted } = this.#passedWith(peer);
    const subject = linkName(peer);
    if (lastEntry > received) {
      this.#findings.add('cursor_behind', null, subject, `received ${lastEntry}`, received);
    }
    if (granted > accepted) {
      this.#findings.add('grant_lost', null, subject, `${granted} units taken in`, accepted);
    }
  }

  #passedWith(peer: string): Passed {
    const known = this.#passed.get(peer);
    if (known) return known;
    const fresh: Passed = { accepted: 0n, granted: 0n, lastGrant: 0, lastEntry: 0 };
    this.#passed.set(peer, fresh);
    return fresh;
  }
}

async function* rowsOf(books: Pick<Books, 'mirror'>): AsyncGenerator<MirrorRow> {
  let after: MirrorPlace | undefined;
  for (;;) {
    const page = await books.mirror(after, ENTRIES_PER_PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = { peer: last.peer, appliedAt: last.appliedAt, position: last.event.position };
  }
}

function linkName(peer: string): string {
  return `link to ${JSON.stringify(peer)}`;
}
