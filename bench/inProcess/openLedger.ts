import { type FlagValues, readConfig } from '../../src/config.ts';
import type { ReserveCommand } from '../../src/domain/commands.ts';
import { TTL_SECONDS_DEFAULT } from '../../src/domain/limits.ts';
import type { RunningLedger } from '../../src/ledger/createLedger.ts';
import { createIds } from '../../src/ledger/ids.ts';
import { openLedger } from '../../src/start/ledger.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { CommitCounter } from '../server/commitCounter.ts';
import { LOCATION } from '../stage.ts';
import { fillShelves } from './fillShelves.ts';

/** A ledger on a database of its own, called without HTTP. */
export interface OpenLedger {
  readonly ledger: RunningLedger;
  readonly storage: Storage;
  readonly counter: CommitCounter;
  /** Makes a command that holds one unit of each SKU. */
  reserve(skus: readonly string[]): ReserveCommand;
  close(): Promise<void>;
}

/**
 * Settings that make each command of so many lines a commit of its own. Nothing is turned away: to be slow is the point
 * of it, and how long so many commits take is not known at the start.
 */
export function oneByOneFlags(linesOfCommand: number): FlagValues {
  return { commitLinesMax: String(linesOfCommand), queueWaitMaxMs: '60000' };
}

export async function openBenchLedger(file: string, flags: FlagValues = {}): Promise<OpenLedger> {
  const runtime = createRuntime();
  const config = readConfig({ database: `sqlite:${file}`, ...flags }, {});
  const storage = await openStorage({ config, machine: runtime });
  const counter = new CommitCounter();
  const ledger = openLedger(runtime, storage, config, counter);
  await fillShelves(storage, ledger);
  const nextId = createIds(runtime.clock, runtime.random);
  return {
    ledger,
    storage,
    counter,
    reserve: (skus) => reserveCommand(nextId(), skus),
    async close() {
      await ledger.close();
      await storage.close();
    },
  };
}

function reserveCommand(reservationId: string, skus: readonly string[]): ReserveCommand {
  return {
    type: 'reserve',
    reservationId,
    lines: skus.map((sku) => ({ sku, location: LOCATION, quantity: 1 })),
    ttlSeconds: TTL_SECONDS_DEFAULT,
    reference: null,
    metadata: null,
  };
}
