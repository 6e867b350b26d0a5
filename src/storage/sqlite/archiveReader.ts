import type { DatabaseSync } from 'node:sqlite';
import type { LoggedEvent } from '../../domain/events.ts';
import type { Link } from '../../domain/links/link.ts';
import type { MirrorRow } from '../../ledger/books.ts';
import { UnreadableRowError } from '../../ledger/errors.ts';
import type { DemandRow, Head } from '../../queries/store.ts';
import type { Archive, CustomerData, KeptKey } from '../archive.ts';
import {
  ARCHIVE_PAGE_KEYS,
  ARCHIVE_PAGE_ROWS,
  CUSTOMER_COLUMNS,
  type CustomerRow,
  customerDataOf,
  KEY_ROW_COLUMNS,
  type KeyRow,
  keptKeyOf,
} from '../rows/archive.ts';
import { compareBytes } from '../rows/bytes.ts';
import { placeOf } from '../rows/links.ts';
import { isEngineFault } from './errors.ts';
import { EventReader } from './events.ts';
import { HeadReader } from './head.ts';
import { LinkReader } from './links.ts';
import { MirrorReader } from './mirror.ts';
import { DemandQueries } from './queryDemand.ts';
import { all } from './statement.ts';

const READ_CUSTOMER_DATA = `
  SELECT ${CUSTOMER_COLUMNS} FROM customer_data
  WHERE reservation_id > ? ORDER BY reservation_id LIMIT ?`;
const READ_KEYS = `
  SELECT id, ${KEY_ROW_COLUMNS} FROM idempotency_keys WHERE id > ? ORDER BY id LIMIT ?`;

/** Reads on one connection, inside a read transaction. */
export class SqliteArchive implements Archive {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async head(): Promise<Head> {
    return new HeadReader(this.#db).head();
  }

  async *events(after: number): AsyncGenerator<readonly LoggedEvent[]> {
    const reader = new EventReader(this.#db);
    const read = (last: LoggedEvent | undefined) =>
      reader.after(last?.position ?? after, ARCHIVE_PAGE_ROWS);
    yield* pages('the log', read);
  }

  async *customerData(): AsyncGenerator<readonly CustomerData[]> {
    const statement = this.#db.prepare(READ_CUSTOMER_DATA);
    const read = (last: CustomerData | undefined) =>
      all<CustomerRow>(statement, last?.reservationId ?? '', ARCHIVE_PAGE_ROWS).map(customerDataOf);
    yield* pages('customer data', read);
  }

  /** The engine keeps them by time; those of one time are put in order here. */
  async *keys(): AsyncGenerator<readonly KeptKey[]> {
    const statement = this.#db.prepare(READ_KEYS);
    const read = (last: NumberedKey | undefined) =>
      all<KeyRow & { id: number }>(statement, last?.id ?? 0, ARCHIVE_PAGE_KEYS).map(numberedKey);
    let ofOneTime: KeptKey[] = [];
    for await (const page of pages('idempotency keys', read)) {
      const ready: KeptKey[] = [];
      for (const { kept } of page) {
        if (ofOneTime[0] !== undefined && ofOneTime[0].stamp.time !== kept.stamp.time) {
          for (const key of inOrder(ofOneTime)) ready.push(key);
          ofOneTime = [];
        }
        ofOneTime.push(kept);
      }
      yield ready;
    }
    yield inOrder(ofOneTime);
  }

  async *demand(): AsyncGenerator<readonly DemandRow[]> {
    const queries = new DemandQueries(this.#db);
    const read = (after: DemandRow | undefined) =>
      queries.demand({ limit: ARCHIVE_PAGE_ROWS, ...(after && { after }) });
    yield* pages('demand', read);
  }

  /** A node has a few hundred at most. */
  async *links(): AsyncGenerator<readonly Link[]> {
    yield readable('links', () => new LinkReader(this.#db).all());
  }

  async *mirror(): AsyncGenerator<readonly MirrorRow[]> {
    const reader = new MirrorReader(this.#db);
    const read = (last: MirrorRow | undefined) =>
      reader.after(last && placeOf(last), ARCHIVE_PAGE_ROWS);
    yield* pages("entries of other nodes' logs", read);
  }
}

interface NumberedKey {
  readonly id: number;
  readonly kept: KeptKey;
}

/** Reads until nothing is left. @param read some rows after the last one */
async function* pages<Row>(
  what: string,
  read: (last: Row | undefined) => readonly Row[],
): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined;
  for (;;) {
    const rows = readable(what, () => read(last));
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1);
  }
}

/** What goes wrong while rows are read, other than in the engine, is the rows' fault. Their content is not quoted. */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isEngineFault(error)) throw error;
    throw new UnreadableRowError(`${what} cannot be read; verify tells more`, { cause: error });
  }
}

function numberedKey({ id, ...row }: KeyRow & { readonly id: number }): NumberedKey {
  return { id, kept: keptKeyOf(row) };
}

function inOrder(keys: readonly KeptKey[]): KeptKey[] {
  return keys.toSorted(
    (one, other) =>
      one.stamp.time - other.stamp.time ||
      compareBytes(one.actor, other.actor) ||
      compareBytes(one.key, other.key),
  );
}
