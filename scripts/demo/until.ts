import { setTimeout as after } from 'node:timers/promises';

const POLL_MS = 20;
const WAIT_MS_MAX = 30_000;

/** Waits for what other processes bring about. @throws when it takes too long */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await after(POLL_MS);
  }
}
