import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  type EventDetails,
  isMovement,
  type LoggedEvent,
  MOVEMENT_TYPES,
  NOTICE_TYPES,
} from '../../domain/events.ts';
import type { JsonObject } from '../../domain/json.ts';
import { BALANCE_MAX } from '../../domain/limits.ts';
import type { Link } from '../../domain/links/link.ts';
import type { MirrorRow } from '../../ledger/books.ts';
import type { KeptOutcome } from '../../ledger/outcome.ts';
import type { DemandRow } from '../../queries/store.ts';
import type { CustomerData, KeptKey } from '../../storage/archive.ts';

/** Counts changes of the format that an older program would not understand. 2: links, and entries of peers' logs. */
export const FORMAT_VERSION = 2;
export const FORMAT = 'holdfast-dump';

// A dump is one JSON object a line. Each has one member, which says what the line is. They stand in this order: the
// header, the log, customer data, idempotency keys, demand, links, entries of peers' logs, the trailer.

const strict = { additionalProperties: false } as const;
const Whole = Type.Integer({ minimum: -BALANCE_MAX, maximum: BALANCE_MAX });
const Count = Type.Integer({ minimum: 0, maximum: BALANCE_MAX });
const TextOrNull = Type.Union([Type.String(), Type.Null()]);

/** The digest of the trailer vouches for what is inside. */
function vouched<T>() {
  return Type.Unsafe<T>(Type.Object({}));
}

const Account = Type.Enum(['available', 'reserved', 'committed', 'unavailable']);
const AnyAccount = Type.Union([
  Account,
  Type.Enum(['supplier', 'customer', 'shrinkage', 'transit']),
]);
const EVENT = {
  position: Type.Integer({ minimum: 1, maximum: BALANCE_MAX }),
  time: Whole,
  actor: Type.String(),
  requestId: Type.String(),
  reservationId: TextOrNull,
  details: Type.Union([vouched<EventDetails>(), Type.Null()]),
};

const MovementLine = Type.Object(
  {
    ...EVENT,
    type: Type.Enum([...MOVEMENT_TYPES]),
    sku: Type.String(),
    location: Type.String(),
    version: Count,
    quantity: Count,
    from: AnyAccount,
    to: AnyAccount,
    balances: Type.Object(
      { available: Whole, reserved: Count, committed: Count, unavailable: Count },
      strict,
    ),
  },
  strict,
);

const NoticeLine = Type.Object(
  { ...EVENT, type: Type.Enum([...NOTICE_TYPES]), sku: TextOrNull, location: TextOrNull },
  strict,
);

const HeaderLine = Type.Object(
  { format: Type.Literal(FORMAT), version: Count, node: Type.String(), copy: Type.Boolean() },
  strict,
);

const TrailerLine = Type.Object(
  {
    position: Count,
    time: Whole,
    events: Count,
    customerData: Count,
    keys: Count,
    demand: Count,
    // Dumps of format 1 have none of these.
    links: Type.Optional(Count),
    mirror: Type.Optional(Count),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  strict,
);

const CustomerDataLine = Type.Object(
  {
    reservationId: Type.String(),
    reference: TextOrNull,
    metadata: Type.Union([vouched<JsonObject>(), Type.Null()]),
  },
  strict,
);

const KeyLine = Type.Object(
  {
    actor: Type.String(),
    key: Type.String(),
    fingerprint: Type.String(),
    outcome: vouched<KeptOutcome>(),
    stamp: Type.Object({ firstPosition: Count, time: Whole }, strict),
  },
  strict,
);

const DemandLine = Type.Object(
  { sku: Type.String(), location: Type.String(), minute: Whole, requests: Count, units: Count },
  strict,
);

const LinkLine = Type.Object({ peer: Type.String(), state: vouched<Omit<Link, 'peer'>>() }, strict);

const MirrorLine = Type.Object(
  {
    peer: Type.String(),
    appliedAt: Count,
    state: Type.Enum(['applied', 'superseded', 'unapplied']),
    event: Type.Union([MovementLine, NoticeLine]),
  },
  strict,
);

export type Header = Static<typeof HeaderLine>;
export type Trailer = Static<typeof TrailerLine>;

/** A link; `state` is all of it but its name. */
export type LinkInDump = Static<typeof LinkLine>;

export type DumpLine =
  | { readonly header: Header }
  | { readonly event: LoggedEvent }
  | { readonly customerData: CustomerData }
  | { readonly key: KeptKey }
  | { readonly demand: DemandRow }
  | { readonly link: LinkInDump }
  | { readonly mirror: MirrorRow }
  | { readonly trailer: Trailer };

const checkMovement = Compile(Type.Object({ event: MovementLine }, strict));
const checkNotice = Compile(Type.Object({ event: NoticeLine }, strict));
const checkCustomerData = Compile(Type.Object({ customerData: CustomerDataLine }, strict));
const checkKey = Compile(Type.Object({ key: KeyLine }, strict));
const checkDemand = Compile(Type.Object({ demand: DemandLine }, strict));
const checkLink = Compile(Type.Object({ link: LinkLine }, strict));
const checkMirror = Compile(Type.Object({ mirror: MirrorLine }, strict));
const checkHeader = Compile(Type.Object({ header: HeaderLine }, strict));
const checkTrailer = Compile(Type.Object({ trailer: TrailerLine }, strict));

/** @returns undefined for what is no line of a dump */
export function parseLine(text: string): DumpLine | undefined {
  const value = parseJson(text);
  // The commonest first.
  if (checkMovement.Check(value)) return value;
  if (checkNotice.Check(value)) return value;
  if (checkKey.Check(value)) return value;
  if (checkCustomerData.Check(value)) return value;
  if (checkMirror.Check(value)) return value;
  if (checkDemand.Check(value)) return value;
  if (checkLink.Check(value)) return value;
  if (checkTrailer.Check(value)) return value;
  return checkHeader.Check(value) ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text of one line. Members are in one order whatever the engine, so equal ledgers make equal dumps. */
export function lineText(line: DumpLine): string {
  return `${JSON.stringify(inOrder(line))}\n`;
}

function inOrder(line: DumpLine): DumpLine {
  if ('event' in line) return { event: eventInOrder(line.event) };
  if ('customerData' in line) {
    const { reservationId, reference, metadata } = line.customerData;
    return { customerData: { reservationId, reference, metadata } };
  }
  if ('key' in line) {
    const { actor, key, fingerprint, outcome, stamp } = line.key;
    const { refusedAt, outcomes } = outcome;
    const { firstPosition, time } = stamp;
    const kept = { refusedAt, outcomes };
    return { key: { actor, key, fingerprint, outcome: kept, stamp: { firstPosition, time } } };
  }
  if ('mirror' in line) {
    const { peer, appliedAt, state, event } = line.mirror;
    return { mirror: { peer, appliedAt, state, event: eventInOrder(event) } };
  }
  if (!('demand' in line)) return line;
  const { sku, location, minute, requests, units } = line.demand;
  return { demand: { sku, location, minute, requests, units } };
}

/** Of the members of a link, those of each engine come in another order. */
export function linkInDump({ peer, ...state }: Link): LinkInDump {
  const members = Object.entries(state).sort(([one], [other]) => (one < other ? -1 : 1));
  return { peer, state: Object.fromEntries(members) as Omit<Link, 'peer'> };
}

export function linkOfDump({ peer, state }: LinkInDump): Link {
  return { peer, ...state };
}

function eventInOrder(event: LoggedEvent): LoggedEvent {
  const { position, time, actor, requestId, reservationId, details } = event;
  const origin = { actor, requestId, reservationId, details };
  if (!isMovement(event)) {
    const { type, sku, location } = event;
    return { position, time, type, sku, location, ...origin };
  }
  const { type, sku, location, version, quantity, from, to } = event;
  const { available, reserved, committed, unavailable } = event.balances;
  const balances = { available, reserved, committed, unavailable };
  return { position, time, type, sku, location, version, quantity, from, to, balances, ...origin };
}
