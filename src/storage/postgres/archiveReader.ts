import type { LoggedEvent } from '../../domain/events.ts';
import type { Link } from '../../domain/links/link.ts';
import type { MirrorRow } from '../../ledger/books.ts';
import { StoreError, UnreadableRowError } from '../../ledger/errors.ts';
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
import { placeOf } from '../rows/links.ts';
import { EventReader } from './events.ts';
import { HeadReader } from './head.ts';
import { LinkReader } from './links.ts';
import { MirrorReader } from './mirror.ts';
import { DemandQueries } from './queryDemand.ts';
import { type Runner, statement } from './statement.ts';

const READ_CUSTOMER_DATA = statement<CustomerRow>(
  'archive_customer_data',
  `SELECT ${CUSTOMER_COLUMNS} FROM customer_data
  WHERE reservation_id > $1 ORDER BY reservation_id LIMIT $2`,
);
const READ_KEYS = statement<KeyRow>(
  'archive_keys',
  `SELECT ${KEY_ROW_COLUMNS} FROM idempotency_keys
  WHERE (time, actor, key) > ($1, $2, $3) ORDER BY time, actor, key LIMIT $4`,
);

/** Before every time that a row can have. */
const NEVER = Number.MIN_SAFE_INTEGER;

/** Reads on one connection, inside a read transaction. */
export class PostgresArchive implements Archive {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  head(): Promise<Head> {
    return new HeadReader(this.#runner).head();
  }

  async *events(after: number): AsyncGenerator<readonly LoggedEvent[]> {
    const reader = new EventReader(this.#runner);
    const read = (last: LoggedEvent | undefined) =>
      reader.after(last?.position ?? after, ARCHIVE_PAGE_ROWS);
    yield* pages('the log', read);
  }

  async *customerData(): AsyncGenerator<readonly CustomerData[]> {
    const read = async (last: CustomerData | undefined) => {
      const values = [last?.reservationId ?? '', ARCHIVE_PAGE_ROWS];
      return (await this.#runner.run(READ_CUSTOMER_DATA, values)).map(customerDataOf);
    };
    yield* pages('customer data', read);
  }

  async *keys(): AsyncGenerator<readonly KeptKey[]> {
    const read = async (last: KeptKey | undefined) => {
      const after = last ? [last.stamp.time, last.actor, last.key] : [NEVER, '', ''];
      return (await this.#runner.run(READ_KEYS, [...after, ARCHIVE_PAGE_KEYS])).map(keptKeyOf);
    };
    yield* pages('idempotency keys', read);
  }

  async *demand(): AsyncGenerator<readonly DemandRow[]> {
    const queries = new DemandQueries(this.#runner);
    const read = (after: DemandRow | undefined) =>
      queries.demand({ limit: ARCHIVE_PAGE_ROWS, ...(after && { after }) });
    yield* pages('demand', read);
  }

  /** A node has a few hundred at most. */
  async *links(): AsyncGenerator<readonly Link[]> {
    yield await new LinkReader(this.#runner).links().catch(explain('links'));
  }

  async *mirror(): AsyncGenerator<readonly MirrorRow[]> {
    const reader = new MirrorReader(this.#runner);
    const read = (last: MirrorRow | undefined) =>
      reader.after(last && placeOf(last), ARCHIVE_PAGE_ROWS);
    yield* pages("entries of other nodes' logs", read);
  }
}

/** Reads until nothing is left. @param read some rows after the last one */
async function* pages<Row>(
  what: string,
  read: (last: Row | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined;
  for (;;) {
    const rows = await read(last).catch(explain(what));
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1);
  }
}

/** What goes wrong while rows are read, other than in the engine, is the rows' fault. Their content is not quoted. */
function explain(what: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof StoreError) throw error;
    throw new UnreadableRowError(`${what} cannot be read; verify tells more`, { cause: error });
  };
}
