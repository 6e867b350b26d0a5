import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median } from './statistics.ts';

const SYNCS = 200;
const BLOCK_BYTES = 4_096;

/** What the figures hang on, as lines of text. */
export function describeConditions(folder: string, generator: string): string[] {
  const [cpu] = os.cpus();
  const load = os.loadavg()[0] ?? 0;
  return [
    `CPU             ${cpu?.model ?? 'unknown'}, ${os.availableParallelism()} cores, shared by server and load generator`,
    `system          ${os.type()} ${os.release()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, load average ${load.toFixed(2)} at the start`,
    `Node            ${process.version}, SQLite ${process.versions['sqlite'] ?? 'unknown'}`,
    `disk            a write of 4 KiB with fdatasync takes ${measureSyncMs(folder).toFixed(3)} ms (median of ${SYNCS})`,
    `load generator  ${generator}`,
  ];
}

/** What a durable write costs in this folder, in milliseconds: with little, nothing was durable. */
function measureSyncMs(folder: string): number {
  const file = openSync(path.join(folder, 'sync'), 'w');
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const times: number[] = [];
  for (let i = 0; i < SYNCS; i++) {
    const startedAt = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    times.push(performance.now() - startedAt);
  }
  closeSync(file);
  return median(times);
}
