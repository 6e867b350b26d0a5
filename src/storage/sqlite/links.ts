import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Link } from '../../domain/links/link.ts';
import { LINK_COLUMNS, type LinkColumns, linkColumns, linkOf } from '../rows/links.ts';
import { all, one } from './statement.ts';

const READ = `SELECT ${LINK_COLUMNS} FROM links WHERE peer = ?`;
const READ_PEERS = 'SELECT peer FROM links ORDER BY peer';
const READ_ALL = `SELECT ${LINK_COLUMNS} FROM links ORDER BY peer`;
// 'hub' comes before 'store'.
const READ_FIRST = `
  SELECT peer, peer_role AS "peerRole" FROM links ORDER BY peer_role, peer LIMIT 1`;
const PUT = `
  INSERT INTO links (peer, peer_role, location, state) VALUES (?, ?, ?, ?)
  ON CONFLICT (peer) DO UPDATE SET
    peer_role = excluded.peer_role, location = excluded.location, state = excluded.state`;

export class LinkReader {
  readonly #read: StatementSync;
  readonly #peers: StatementSync;
  readonly #all: StatementSync;
  readonly #first: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ);
    this.#peers = db.prepare(READ_PEERS);
    this.#all = db.prepare(READ_ALL);
    this.#first = db.prepare(READ_FIRST);
  }

  byPeer(peer: string): Link | undefined {
    const columns = one<LinkColumns>(this.#read, peer);
    return columns && linkOf(columns);
  }

  /** Their names, in order. */
  peers(): string[] {
    return all<Pick<LinkColumns, 'peer'>>(this.#peers).map(({ peer }) => peer);
  }

  /** By peer. */
  all(): Link[] {
    return all<LinkColumns>(this.#all).map(linkOf);
  }

  /** The one to the hub where there is one, or else any; undefined on a node without links. */
  first(): Pick<Link, 'peer' | 'peerRole'> | undefined {
    return one<Pick<Link, 'peer' | 'peerRole'>>(this.#first);
  }
}

export class LinkWriter extends LinkReader {
  readonly #put: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#put = db.prepare(PUT);
  }

  put(link: Link): void {
    const { peer, peerRole, location, state } = linkColumns(link);
    this.#put.run(peer, peerRole, location, state);
  }
}
