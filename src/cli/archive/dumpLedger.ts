import { createHash } from 'node:crypto';
import type { LoggedEvent } from '../../domain/events.ts';
import { StoreError } from '../../ledger/errors.ts';
import type { Head } from '../../queries/store.ts';
import type { Archive } from '../../storage/archive.ts';
import type { Storage } from '../../storage/storage.ts';
import { CommandError } from '../exitCodes.ts';
import { FORMAT, FORMAT_VERSION, lineText, linkInDump } from './lines.ts';
import { type Row, Tally } from './tally.ts';

/** Events that are read at a time while the ledger goes on. */
const PAGE_EVENTS = 1_000;

export interface DumpOptions {
  /** The ledger goes on; the dump says of itself that it is a copy. */
  readonly copy: boolean;
  /** Called when the ledger has been frozen. */
  readonly onFrozen?: () => void;
  /** Called with the position that was reached. */
  readonly onProgress?: (position: number) => void;
}

/**
 * The whole ledger as text, a piece at a time. The log up to now is read while the ledger goes on; then it is frozen,
 * and what came in the meantime and all that is not in the log is read as it stands from then on.
 */
export async function* dumpLedger(storage: Storage, options: DumpOptions): AsyncGenerator<string> {
  const dump = new Dump(options);
  const { copy } = options;
  yield dump.header(storage.node, copy);
  if (!copy) {
    yield* logSoFar(storage, dump);
    await freeze(storage);
    options.onFrozen?.();
  }
  yield* storage.archive.read((archive) => rest(archive, dump));
}

async function freeze({ archive }: Storage): Promise<void> {
  const { reason } = await archive.freeze('moved');
  if (reason === 'moved') return;
  throw new CommandError(
    'the ledger is frozen for another reason; it is a copy, or being restored',
  );
}

/** The log never changes, so it can be read in any number of looks. */
async function* logSoFar({ queries }: Storage, dump: Dump): AsyncGenerator<string> {
  const { position: until } = await queries.head();
  while (dump.position < until) {
    const page = { after: dump.position, limit: PAGE_EVENTS };
    const { events } = await queries.events(page).catch(explain(page.after));
    if (events.length === 0) return;
    yield dump.events(events);
  }
}

/** The query side does not foresee rows that no version of the program has written. */
function explain(after: number): (error: unknown) => never {
  return (error) => {
    if (error instanceof StoreError) throw error;
    throw new CommandError(`an event after position ${after} cannot be read; verify tells more`);
  };
}

async function* rest(archive: Archive, dump: Dump): AsyncGenerator<string> {
  for await (const page of archive.events(dump.position)) yield dump.events(page);
  for await (const page of archive.customerData()) {
    yield dump.text(page.map((customerData) => ({ customerData })));
  }
  for await (const page of archive.keys()) {
    yield dump.text(page.map((key) => ({ key })));
  }
  for await (const page of archive.demand()) {
    yield dump.text(page.map((demand) => ({ demand })));
  }
  for await (const page of archive.links()) {
    yield dump.text(page.map((link) => ({ link: linkInDump(link) })));
  }
  for await (const page of archive.mirror()) {
    yield dump.text(page.map((mirror) => ({ mirror })));
  }
  yield dump.trailer(await archive.head());
}

/** What was written so far. */
class Dump {
  readonly #options: DumpOptions;
  readonly #tally = new Tally();
  readonly #hash = createHash('sha256');

  constructor(options: DumpOptions) {
    this.#options = options;
  }

  get position(): number {
    return this.#tally.position;
  }

  header(node: string, copy: boolean): string {
    return this.#hashed(
      lineText({ header: { format: FORMAT, version: FORMAT_VERSION, node, copy } }),
    );
  }

  events(events: readonly LoggedEvent[]): string {
    const text = this.text(events.map((event) => ({ event })));
    this.#options.onProgress?.(this.position);
    return text;
  }

  text(rows: readonly Row[]): string {
    let text = '';
    for (const row of rows) {
      refuse(this.#tally.add(row));
      text += lineText(row);
    }
    return this.#hashed(text);
  }

  trailer(head: Head): string {
    refuse(this.#tally.checkHead(head));
    const sha256 = this.#hash.digest('hex');
    return lineText({ trailer: { ...this.#tally.end(head.time), sha256 } });
  }

  #hashed(text: string): string {
    this.#hash.update(text);
    return text;
  }
}

function refuse(fault: string | undefined): void {
  if (fault === undefined) return;
  throw new CommandError(`the ledger cannot be dumped: ${fault}; verify tells more`);
}
