import type { OnProgress } from '../../ledger/fold.ts';
import { rebuildBooks, UnsoundLogError } from '../../ledger/rebuild.ts';
import type { ArchiveWriter } from '../../storage/archive.ts';
import type { Storage } from '../../storage/storage.ts';
import { DumpFault } from './dumpFault.ts';
import { type Header, linkOfDump, type Trailer } from './lines.ts';
import type { DumpReader } from './readDump.ts';
import type { Row } from './tally.ts';

/**
 * Fills an empty database from a dump whose header was read. It takes commits when all is there, unless the dump is of
 * a ledger that goes on elsewhere.
 * @throws {DumpFault} nothing was restored
 */
export async function restoreLedger(
  { archive, books }: Pick<Storage, 'archive' | 'books'>,
  dump: DumpReader,
  { copy }: Header,
  onRebuilding: OnProgress = () => undefined,
): Promise<Trailer> {
  await archive.restore(async (writer) => {
    for await (const rows of dump.rows()) await put(writer, rows);
    const { position, time } = dump.trailer;
    await writer.putHead({ position, time });
    await rebuildBooks(books, onRebuilding).catch(refuseUnsound);
    return copy ? 'copy' : null;
  });
  return dump.trailer;
}

/** @param rows all of one kind */
async function put(writer: ArchiveWriter, rows: readonly Row[]): Promise<void> {
  const events = rows.flatMap((row) => ('event' in row ? [row.event] : []));
  if (events.length > 0) return writer.putEvents(events);
  const customerData = rows.flatMap((row) => ('customerData' in row ? [row.customerData] : []));
  if (customerData.length > 0) return writer.putCustomerData(customerData);
  const keys = rows.flatMap((row) => ('key' in row ? [row.key] : []));
  if (keys.length > 0) return writer.putKeys(keys);
  const demand = rows.flatMap((row) => ('demand' in row ? [row.demand] : []));
  if (demand.length > 0) return writer.putDemand(demand);
  const links = rows.flatMap((row) => ('link' in row ? [linkOfDump(row.link)] : []));
  if (links.length > 0) return writer.putLinks(links);
  return writer.putMirror(rows.flatMap((row) => ('mirror' in row ? [row.mirror] : [])));
}

function refuseUnsound(error: unknown): never {
  if (error instanceof UnsoundLogError) throw new DumpFault(error.message);
  throw error;
}
