import { isMovement, type LoggedEvent } from '../domain/events.ts';
import { inFlight, type Share } from '../domain/links/share.ts';
import { type Balances, onHand } from '../domain/stock.ts';
import type { Retirements } from './retirements.ts';
import type { MirrorHead, QueryStore, SharePage } from './store.ts';

/** Peers that one level is shared with; a location has one shop's node at a time, and few over the years. */
const PEERS_OF_LEVEL_MAX = 1_000;

/** Everything that has been applied by now. */
export const NOW = Number.MAX_SAFE_INTEGER;

/** How far a node's log is known: all of it up to `position`. */
export interface KnownUpTo {
  readonly position: number;
  /** Milliseconds since 1970, on that node's clock. */
  readonly time: number;
}

/** What another node owns of a level, as its log says as far as it is known here. */
export interface NodeStock extends Balances {
  readonly node: string;
  readonly onHand: number;
  /** Counts the movements of the level at that node. */
  readonly version: number;
  /** When it last moved there, milliseconds since 1970 on that node's clock; 0 where it never did. */
  readonly movedAt: number;
  /** Units on their way there. Absent in an answer about the past. */
  readonly inTransit?: number;
  /** Null where nothing of the node's log is known yet. */
  readonly asOf: KnownUpTo | null;
}

export interface NodeStockSources {
  readonly store: Pick<QueryStore, 'link' | 'shares' | 'mirroredAt' | 'mirrorsAt'>;
  readonly retirements: Retirements;
}

/** A share, and what is shown of it: undefined where the node owns nothing and nothing is on its way there. */
export type SharePicture = readonly [Share, NodeStock | undefined];

export type PictureDetail = 'asOf' | 'units';

/**
 * What other nodes own, for one answer: a cut of cursors at a position of this log, not of clocks. Only the nodes that
 * share what is asked for are looked at, so it does not matter how many links there are.
 */
export class Others {
  readonly #store: NodeStockSources['store'];
  readonly #retirements: Retirements;
  readonly #position: number | undefined;
  readonly #isDated: boolean;
  /** How far each peer that was met is known; undefined where nothing is. */
  readonly #heads = new Map<string, MirrorHead | undefined>();
  readonly #retired = new Set<string>();

  /**
   * @param position of this log; absent: as things stand now
   * @param detail `units`: what stands now is shown with `asOf` null, for whoever does not say how old it is; of a
   * thousand shops that is found out one by one
   */
  constructor(
    { store, retirements }: NodeStockSources,
    position?: number,
    detail: PictureDetail = 'asOf',
  ) {
    this.#store = store;
    this.#retirements = retirements;
    this.#position = position;
    this.#isDated = position !== undefined || detail === 'asOf';
  }

  async read(page: SharePage): Promise<readonly SharePicture[]> {
    for (;;) {
      const shares = await this.#store.shares(page);
      const strangers = this.#isDated ? this.#strangersOf(shares) : [];
      if (strangers.length === 0) return Promise.all(shares.map((share) => this.#picture(share)));
      // How far peers are known is read before the shares, so that nothing is shown as newer than it is.
      await this.#meet(strangers);
    }
  }

  /** All shares of one level. */
  ofLevel(sku: string, location: string): Promise<readonly SharePicture[]> {
    return this.read({ skus: [sku], location, limit: PEERS_OF_LEVEL_MAX });
  }

  #strangersOf(shares: readonly Share[]): readonly string[] {
    const peers = new Set(shares.map(({ peer }) => peer));
    return [...peers].filter((peer) => !this.#heads.has(peer));
  }

  async #meet(peers: readonly string[]): Promise<void> {
    const position = this.#position;
    const heads = await this.#store.mirrorsAt(position ?? NOW, peers);
    for (const peer of peers) this.#heads.set(peer, undefined);
    for (const head of heads) this.#heads.set(head.peer, head);
    if (position === undefined) return;
    const links = await Promise.all(peers.map((peer) => this.#store.link(peer)));
    const known = links.filter((link) => link !== undefined);
    for (const peer of await this.#retirements.by(known, position)) this.#retired.add(peer);
  }

  async #picture(share: Share): Promise<SharePicture> {
    const asOf = knownUpTo(this.#heads.get(share.peer));
    const position = this.#position;
    if (position === undefined) return [share, stockNow(share, asOf)];
    if (this.#retired.has(share.peer)) return [share, undefined];
    return [share, stockAt(share.peer, await this.#store.mirroredAt(share, position), asOf)];
  }
}

/** What of it is to be shown. */
export function shownOf(pictures: readonly SharePicture[]): readonly NodeStock[] {
  return pictures.map(([, stock]) => stock).filter((stock) => stock !== undefined);
}

function stockNow(share: Share, asOf: KnownUpTo | null): NodeStock | undefined {
  const { peer, version, time } = share;
  const inTransit = inFlight(share);
  if (inTransit === 0 && isEmpty(share)) return undefined;
  return { ...ownedBy(peer, share), version, movedAt: time, inTransit, asOf };
}

/** What was on its way then is not looked up: no row tells it, and the grants of a level may be many. */
function stockAt(
  peer: string,
  event: LoggedEvent | undefined,
  asOf: KnownUpTo | null,
): NodeStock | undefined {
  if (!event || !isMovement(event) || isEmpty(event.balances)) return undefined;
  const { balances, version, time } = event;
  return { ...ownedBy(peer, balances), version, movedAt: time, asOf };
}

function ownedBy(node: string, balances: Balances) {
  const { available, reserved, committed, unavailable } = balances;
  return { node, onHand: onHand(balances), available, reserved, committed, unavailable };
}

function isEmpty({ available, reserved, committed, unavailable }: Balances): boolean {
  return available === 0 && reserved === 0 && committed === 0 && unavailable === 0;
}

function knownUpTo(head: MirrorHead | undefined): KnownUpTo | null {
  return head ? { position: head.position, time: head.time } : null;
}
