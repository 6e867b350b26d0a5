// A process with a ledger of its own on a shared file, which buys single units as soon as its input ends:
// <file> <name> <buyers>. It writes how many it got, as JSON.
import process from 'node:process';
import { createLedger } from '../../src/ledger/createLedger.ts';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import type { Answer } from '../../src/ledger/ledger.ts';
import { NO_OBSERVER } from '../../src/ledger/observer.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import { line, reserve } from './contractRows.ts';

const [file = '', name = '', buyers = '0'] = process.argv.slice(2);
const runtime = createRuntime();
const storage = await openSqliteStorage({ path: file, clock: runtime.clock });
const ledger = createLedger({
  ...runtime,
  store: storage.ledger,
  observer: NO_OBSERVER,
  settings: {
    commitLinesMax: 20,
    queueWaitMaxMs: 60_000,
    holdLifeMaxMs: 86_400_000,
    keyLifeMs: 86_400_000,
    sweepIntervalMs: 250,
  },
});

/** A process that is shut out for long gives up; its buyer asks again, with the same id. */
async function buy(reservationId: string): Promise<Answer> {
  const command = reserve(reservationId, line('A', 'x', 1));
  const work = { actor: name, requestId: reservationId, items: [{ command }] };
  for (;;) {
    try {
      return await ledger.submit(work);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

function isSold(answer: Answer): boolean {
  return answer.kind === 'done' && answer.items[0]?.outcome.kind === 'reservation';
}

process.stdin.resume().once('end', async () => {
  // The ledger's timers, that of a second try among them, keep no process alive.
  const staying = setInterval(() => undefined, 1_000);
  const asked = Array.from({ length: Number(buyers) }, (_, i) => buy(`${name}-${i}`));
  const answers = await Promise.all(asked);
  await ledger.close();
  await storage.close();
  clearInterval(staying);
  process.stdout.write(`${JSON.stringify({ sold: answers.filter(isSold).length })}\n`);
});
process.stdout.write('ready\n');
