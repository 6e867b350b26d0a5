import process from 'node:process';
import { Chain } from './chain.ts';
import { tellStory } from './story.ts';

// A hub and three shops on this machine that sell the same goods while a line is cut, and the books at the end.
// Leaves nothing behind, however it ends.

/** As shells say of what was interrupted. */
const INTERRUPTED = 130;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

function interruption(): Promise<number> {
  return new Promise((resolve) => {
    interrupted.signal.addEventListener('abort', () => resolve(INTERRUPTED));
  });
}

async function run(chain: Chain): Promise<number> {
  try {
    await tellStory(chain);
  } catch (error) {
    // From then on whatever fails does so because the rest of it is gone.
    if (interrupted.signal.aborted) return INTERRUPTED;
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  return 0;
}

const startedAt = performance.now();
const chain = await Chain.open();
const code = await Promise.race([run(chain), interruption()]);
await chain.close();
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
process.stdout.write(`\nThe servers are stopped, and their files removed, after ${seconds} s.\n`);
// What an interrupted story still waits for is not waited for.
process.exit(code);
