import { invariant } from '../../domain/invariant.ts';
import type { Link } from '../../domain/links/link.ts';
import type { Share } from '../../domain/links/share.ts';
import type { Change, MirroredEvent, Superseded, Writes } from '../../ledger/store.ts';
import { linkColumns, mirrorColumns } from '../rows/links.ts';
import { numbers, texts } from './arrays.ts';
import type { Custody } from './custody.ts';
import { INCARNATION } from './incarnation.ts';
import type { PartText, WriteStatement } from './writeStatement.ts';

/**
 * Writes links, shares and what is mirrored.
 * @param custody 0 for a ledger without links, of which the database is the right one whatever it was copied from
 */
export function addLinks(
  write: WriteStatement<unknown>,
  { events, links, shares, superseded, mirrored }: Writes,
  custody: Custody,
): void {
  const ofLinks = sorted(links.values());
  if (ofLinks.made.length > 0) {
    write.add('new_links', insertLinks(ofLinks.made));
    if (custody === 0) write.add('proven', prove);
  }
  write.addExpected('links_now', ofLinks.changed, updateLinks);
  const ofShares = sorted(shares.values());
  if (ofShares.made.length > 0) write.add('new_shares', insertShares(ofShares.made));
  write.addExpected('shares_now', ofShares.changed, updateShares);
  if (superseded.length > 0) write.add('superseded', supersede(superseded));
  if (mirrored.length === 0) return;
  const entries: Entries = { mirrored, afterHead: events.length > 0 ? 0 : 1 };
  // Parts of a statement take place in no order, unless one needs the rows of another.
  if (superseded.length === 0) write.add('mirrored', insertMirrored(entries, ''));
  else
    write.add(
      'mirrored_anew',
      insertMirrored(entries, '(SELECT count(*) FROM superseded) AS lost,'),
    );
}

interface Sorted<T> {
  readonly made: T[];
  readonly changed: T[];
}

function sorted<T>(changes: Iterable<Change<T>>): Sorted<T> {
  const sorted: Sorted<T> = { made: [], changed: [] };
  for (const { before, after } of changes) {
    invariant(after !== undefined, 'a link or a share is never removed');
    (before === undefined ? sorted.made : sorted.changed).push(after);
  }
  return sorted;
}

const prove: PartText = () => `UPDATE node SET incarnation = ${INCARNATION} FROM head`;

function insertLinks(links: readonly Link[]): PartText {
  const rows = links.map(linkColumns);
  return (parameter) => `
    INSERT INTO links (peer, peer_role, location, state)
    SELECT made.* FROM head, unnest(
      ${parameter(texts(rows.map(({ peer }) => peer)), 'text[]')},
      ${parameter(texts(rows.map(({ peerRole }) => peerRole)), 'text[]')},
      ${parameter(texts(rows.map(({ location }) => location)), 'text[]')},
      ${parameter(texts(rows.map(({ state }) => state)), 'text[]')}
    ) AS made`;
}

/** What a link connects never changes. */
function updateLinks(links: readonly Link[]): PartText {
  const rows = links.map(linkColumns);
  return (parameter) => `
    UPDATE links SET state = changed.state
    FROM head, unnest(
      ${parameter(texts(rows.map(({ peer }) => peer)), 'text[]')},
      ${parameter(texts(rows.map(({ state }) => state)), 'text[]')}
    ) AS changed (peer, state)
    WHERE links.peer = changed.peer
    RETURNING links.peer`;
}

const SHARE_ROW = `
  sku, location, peer, available, reserved, committed, unavailable, version, position, time,
  granted, arrived, request, request_session`;

function insertShares(shares: readonly Share[]): PartText {
  return (parameter) => `
    INSERT INTO shares (${SHARE_ROW})
    SELECT made.* FROM head, ${shareRows(shares, parameter)} AS made`;
}

function updateShares(shares: readonly Share[]): PartText {
  return (parameter) => `
    UPDATE shares
    SET available = changed.available, reserved = changed.reserved, committed = changed.committed,
      unavailable = changed.unavailable, version = changed.version, position = changed.position,
      time = changed.time, granted = changed.granted, arrived = changed.arrived,
      request = changed.request, request_session = changed.request_session
    FROM head, ${shareRows(shares, parameter)} AS changed (${SHARE_ROW})
    WHERE shares.sku = changed.sku AND shares.location = changed.location
      AND shares.peer = changed.peer
    RETURNING shares.peer`;
}

function shareRows(shares: readonly Share[], parameter: Parameters<PartText>[0]): string {
  const text = (of: (share: Share) => string | null) => parameter(texts(shares.map(of)), 'text[]');
  const number = (of: (share: Share) => number) => parameter(numbers(shares.map(of)), 'bigint[]');
  const columns = [
    text(({ sku }) => sku),
    text(({ location }) => location),
    text(({ peer }) => peer),
    number(({ available }) => available),
    number(({ reserved }) => reserved),
    number(({ committed }) => committed),
    number(({ unavailable }) => unavailable),
    number(({ version }) => version),
    number(({ position }) => position),
    number(({ time }) => time),
    number(({ granted }) => granted),
    number(({ arrived }) => arrived),
    text(({ request }) => request),
    number(({ requestSession }) => requestSession),
  ];
  return `unnest(${columns.join(', ')})`;
}

function supersede(superseded: readonly Superseded[]): PartText {
  return (parameter) => `
    UPDATE mirror SET state = 'superseded'
    FROM head, unnest(
      ${parameter(texts(superseded.map(({ peer }) => peer)), 'text[]')},
      ${parameter(numbers(superseded.map(({ position }) => position)), 'bigint[]')}
    ) AS lost (peer, position)
    WHERE mirror.peer = lost.peer AND mirror.position > lost.position AND mirror.state = 'applied'
    RETURNING mirror.peer`;
}

interface Entries {
  readonly mirrored: readonly MirroredEvent[];
  /** How far behind the end of the log they count as applied: in a commit without events by 1. */
  readonly afterHead: 0 | 1;
}

function insertMirrored({ mirrored, afterHead }: Entries, first: string): PartText {
  const rows = mirrored.map(({ peer, event, applied }) =>
    mirrorColumns({ peer, event, appliedAt: 0, state: applied ? 'applied' : 'unapplied' }),
  );
  return (parameter) => `
    INSERT INTO mirror (peer, position, sku, location, reservation_id, state, entry, applied_at)
    SELECT entries.*, head.position + ${parameter(afterHead, 'bigint')} FROM head, ${first} unnest(
      ${parameter(texts(rows.map(({ peer }) => peer)), 'text[]')},
      ${parameter(numbers(rows.map(({ position }) => position)), 'bigint[]')},
      ${parameter(texts(rows.map(({ sku }) => sku)), 'text[]')},
      ${parameter(texts(rows.map(({ location }) => location)), 'text[]')},
      ${parameter(texts(rows.map(({ reservationId }) => reservationId)), 'text[]')},
      ${parameter(texts(rows.map(({ state }) => state)), 'text[]')},
      ${parameter(texts(rows.map(({ entry }) => entry)), 'text[]')}
    ) AS entries`;
}
