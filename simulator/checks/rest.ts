import { verifyBooks } from '../../src/ledger/verify.ts';
import { openMemoryStorage } from '../memoryStorage/open.ts';
import type { RunParts } from '../runParts.ts';
import { checkCatalogue } from '../world/catalogue.ts';
import { reconcile } from '../world/operators.ts';
import type { World } from '../world/world.ts';
import { checkAnswer } from './answers.ts';
import { checkPictures, unrestOf } from './links.ts';
import { misplaced } from './misplaced.ts';
import { checkTransfers } from './transfers.ts';
import { checkViews, unread } from './views.ts';
import { check } from './violation.ts';

/** By then everything must have come to rest after it was healed, in virtual milliseconds. */
const REST_MS_MAX = 240_000;

const LOOK_MS = 500;

/** Waits until nobody has anything left to do; then all nodes must have one picture of all. */
export async function comeToRest(run: RunParts, world: World): Promise<void> {
  const { scheduler, lifetime } = run;
  const deadline = scheduler.now + REST_MS_MAX;
  let unrest = unrestIn(world);
  while (unrest.length > 0) {
    check(scheduler.now < deadline, () => `it does not come to rest: ${unrest.join('; ')}`);
    for (const shop of world.shops) await reconcile(world, shop);
    await lifetime.pause(LOOK_MS);
    unrest = unrestIn(world);
  }
  await checkAtRest(run, world);
}

async function checkAtRest({ audit, copies }: RunParts, world: World): Promise<void> {
  checkPictures(world);
  checkCatalogue(world);
  checkTransfers(world);
  // At this very moment: a planner may move units in the next one.
  const findings = [...audit.grants.findings()];
  const isWhole = world.shops.every(({ isRetired }) => !isRetired);
  check(!isWhole || findings.length === 0, () => findings.join('; '));
  if (copies.isUnused) await checkViews(world);
  audit.disturbed.clear();
}

function unrestIn(world: World): string[] {
  const unrest = world.shops.flatMap((shop) => [
    ...unrestOf(world, shop),
    ...misplaced(world, shop),
  ]);
  unrest.push(...unread(world));
  // This one is what waits.
  const errands = world.errands - 1;
  if (errands > 0) unrest.push(`${errands} errands are under way`);
  return unrest;
}

/** At the end the books of all nodes are sound, and say what lies on the shelves. */
export async function checkBooks({ audit, requests }: RunParts, world: World): Promise<void> {
  for (const place of world.places) {
    const { sku, location } = place;
    const truth = audit.truth(sku, location);
    const units = world.shelves.units(place);
    check(
      truth === units,
      () => `${units} of ${sku} lie at ${location}, and the books say ${truth}`,
    );
  }
  for (const { node, disk, machine } of world.sites) {
    const { books } = openMemoryStorage({ tables: disk.tables, clock: machine });
    const { findings } = await verifyBooks(books);
    check(findings.length === 0, () => `${node}: ${JSON.stringify(findings[0])}`);
  }
  for (const request of requests.all.values()) checkAnswer(request, audit);
}
