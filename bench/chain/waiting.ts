import { setTimeout as pause } from 'node:timers/promises';
import type { FleetGroup } from './fleetGroup.ts';
import type { BenchHub } from './hub.ts';

/** How long anything is waited for that takes seconds, or a minute, where nothing else runs. */
const PATIENCE_MS = 900_000;
const LOOK_MS = 100;
/** Nothing has moved for so long: then all is said. */
const QUIET_MS = 1_500;
/** And was looked at so often meanwhile: on a busy machine both processes may stand still for a second. */
const QUIET_LOOKS = 10;

export interface Chain {
  readonly hub: BenchHub;
  readonly fleet: FleetGroup;
}

/** @returns how long it took, in milliseconds */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`waited too long: ${what}`);
    await pause(LOOK_MS);
  }
  return performance.now() - startedAt;
}

export function untilLinked({ fleet }: Pick<Chain, 'fleet'>, shops: number): Promise<number> {
  return until(`${shops} shops linked`, async () => (await fleet.state()).linked === shops);
}

/** How many nodes the hub has heard up to these positions. */
export async function heardOf(
  { hub }: Pick<Chain, 'hub'>,
  heads: Readonly<Record<string, number>>,
): Promise<number> {
  const nodes = await hub.nodes();
  return nodes.filter(({ node, received }) => received.position >= (heads[node] ?? Infinity))
    .length;
}

/**
 * Waits until nothing is written and nothing is said any more, by either end, with all nodes in session.
 * @returns the moment when that was so, on the stopwatch of this process
 */
export async function untilQuiet(chain: Chain): Promise<number> {
  let known = '';
  let since = performance.now();
  let looks = 0;
  await until('all is said', async () => {
    const now = await pictureOf(chain);
    looks = now === known ? looks + 1 : 0;
    if (looks === 0) since = performance.now();
    known = now;
    return looks >= QUIET_LOOKS && performance.now() - since > QUIET_MS;
  });
  return since;
}

/** Positions cannot tell it: what does not concern the other end is not told to it. */
async function pictureOf({ hub, fleet }: Chain): Promise<string> {
  const { heads, received, linked } = await fleet.state();
  const nodes = await hub.nodes();
  const heard = nodes.map((node) => node.received.position);
  const head = nodes[0]?.acknowledged.head;
  const isMissing = linked < nodes.length;
  return JSON.stringify([heads, received, heard, head, isMissing && performance.now()]);
}
