import type {
  DispatchCommand,
  Line,
  MovementCommand,
  MovementCommandType,
  PutLocationCommand,
  PutProductCommand,
  ReserveCommand,
} from '../../src/domain/commands.ts';
import type { MovementDraft } from '../../src/domain/events.ts';
import { shareKey } from '../../src/domain/links/share.ts';
import type { Stamp } from '../../src/domain/stamp.ts';
import { levelKey } from '../../src/domain/stock.ts';
import {
  type IdempotencyKey,
  idempotencyMapKey,
  type LedgerStore,
  type Needs,
  type Removal,
  type ShareName,
  type Writes,
} from '../../src/ledger/store.ts';
import { apply } from './contractFeed.ts';

export interface NeedLists {
  readonly products?: readonly string[];
  readonly locations?: readonly string[];
  readonly keys?: readonly IdempotencyKey[];
  /** `quantity` is what is wanted of the level. */
  readonly levels?: readonly Line[];
  readonly reservations?: readonly string[];
  readonly transfers?: readonly string[];
  readonly transfersAt?: string;
  readonly links?: readonly string[];
  readonly shares?: readonly ShareName[];
  readonly counted?: readonly Pick<Line, 'sku' | 'location'>[];
  readonly spread?: readonly string[];
  readonly removal?: Removal;
}

export function needs(lists: NeedLists = {}): Needs {
  return {
    products: new Set(lists.products),
    locations: new Set(lists.locations),
    changed: { products: new Set(), locations: new Set() },
    removable: new Set(),
    keys: new Map(lists.keys?.map((key) => [idempotencyMapKey(key), key])),
    levels: new Map(
      lists.levels?.map(({ sku, location, quantity: wanted }) => [
        levelKey(sku, location),
        { sku, location, wanted },
      ]),
    ),
    reservations: new Set(lists.reservations),
    made: new Set(),
    transfers: new Set(lists.transfers),
    transfersAt: lists.transfersAt ?? null,
    links: new Set(lists.links),
    shares: new Map(
      lists.shares?.map((share) => [shareKey(share.peer, share.sku, share.location), share]),
    ),
    counted: new Set(lists.counted?.map(({ sku, location }) => levelKey(sku, location))),
    spread: new Set(lists.spread),
    removal: lists.removal ?? null,
  };
}

/** Nothing, but for what is given. */
export function writes(some: Partial<Writes> = {}): Writes {
  return {
    events: [],
    levels: new Map(),
    reservations: new Map(),
    transfers: new Map(),
    products: new Map(),
    locations: new Map(),
    links: new Map(),
    shares: new Map(),
    superseded: [],
    mirrored: [],
    keys: [],
    lostDemand: [],
    ...some,
  };
}

export function line(sku: string, location: string, quantity = 0): Line {
  return { sku, location, quantity };
}

export function product(sku: string, name = `Product ${sku}`): PutProductCommand {
  const content = { name, description: null, category: null, attributes: null };
  return { type: 'putProduct', sku, content };
}

export function shop(location: string, name = `Shop ${location}`): PutLocationCommand {
  return { type: 'putLocation', location, content: { name, kind: 'store', attributes: null } };
}

export function move(
  type: MovementCommandType,
  sku: string,
  location: string,
  quantity: number,
): MovementCommand {
  return { type, sku, location, quantity };
}

export function reserve(reservationId: string, ...lines: readonly Line[]): ReserveCommand {
  const rest = { ttlSeconds: 900, reference: null, metadata: null };
  return { type: 'reserve', reservationId, lines, ...rest };
}

export function dispatch(
  transferId: string,
  from: string,
  to: string,
  ...lines: readonly { sku: string; quantity: number }[]
): DispatchCommand {
  return { type: 'dispatch', transferId, from, to, lines, reference: null };
}

/** Makes a hold that ends `endsInMs` from the ledger's now; it may have ended already. */
export function hold(
  store: LedgerStore,
  reservationId: string,
  lines: readonly Line[],
  endsInMs: number,
): Promise<Stamp> {
  return apply(store, needs({ levels: lines, reservations: [reservationId] }), ({ now }) =>
    lines.map(
      ({ sku, location, quantity }): MovementDraft => ({
        type: 'reserve',
        sku,
        location,
        quantity,
        from: 'available',
        to: 'reserved',
        reservationId,
        details: { expiresAt: now + endsInMs, ttlSeconds: 900 },
      }),
    ),
  );
}
