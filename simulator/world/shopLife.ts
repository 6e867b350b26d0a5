import type { MovementCommandType } from '../../src/domain/commands.ts';
import type { Place } from './shelves.ts';
import { isDone, refusalOf, type World } from './world.ts';

/** What happens in a shop, or in the warehouse: somebody touches goods, and books it. */
export type Happening = (world: World, place: Place) => Promise<void>;

const STAFF = 'staff';

async function book(
  world: World,
  type: MovementCommandType,
  { sku, location }: Place,
  quantity: number,
  allowShortfall = false,
) {
  const shortfall = allowShortfall ? { allowShortfall } : {};
  const command = { type, sku, location, quantity, ...shortfall };
  return world.ask(world.custodian(location), STAFF, command);
}

/** Keeps counters away while goods and books may differ. */
async function undisturbed(world: World, place: Place, work: () => Promise<void>): Promise<void> {
  const { shelves } = world;
  if (shelves.isBeingCounted(place)) return;
  shelves.begin(place);
  try {
    await work();
  } finally {
    shelves.end(place);
  }
}

const deliver: Happening = (world, place) =>
  undisturbed(world, place, async () => {
    const units = world.random.between(1, world.profile.deliveryMax);
    world.shelves.put(place, units);
    const outcome = await book(world, 'receive', place, units);
    // Refused is what came where nobody has custody any more: it is a find for the next count.
    if (!isDone(outcome)) world.shelves.booked(place, units);
  });

const sell: Happening = (world, place) =>
  undisturbed(world, place, async () => {
    const units = world.random.between(1, 2);
    if (isDone(await book(world, 'sell', place, units))) world.handOver(place, units);
  });

/** A customer leaves with the goods, whatever the books say. */
const walkOut: Happening = (world, place) =>
  undisturbed(world, place, async () => {
    const units = world.shelves.takeUnbooked(place, 1);
    if (units === 0) return;
    const outcome = await book(world, 'sell', place, units, true);
    if (isDone(outcome)) world.shelves.booked(place, units);
  });

const steal: Happening = async (world, place) => {
  if (world.shelves.isBeingCounted(place)) return;
  const units = world.shelves.takeUnbooked(place, 1);
  if (units > 0) world.note(`a thief takes ${units} of ${place.sku} at ${place.location}`);
};

const damage: Happening = (world, place) =>
  undisturbed(world, place, async () => {
    if (isDone(await book(world, 'adjust', place, -1))) world.handOver(place, 1);
  });

const bringBack: Happening = (world, place) =>
  undisturbed(world, place, async () => {
    world.shelves.put(place, 1);
    const outcome = await book(world, 'return', place, 1);
    if (!isDone(outcome)) world.shelves.booked(place, 1);
  });

const quarantine: Happening = async (world, place) => {
  if (!isDone(await book(world, 'quarantine', place, 1))) return;
  await world.pause(3_000);
  await book(world, 'restore', place, 1);
};

/** Says what lies there, while nobody touches it. */
export const count: Happening = async (world, place) => {
  const { shelves } = world;
  if (shelves.isBusy(place)) return;
  shelves.beginCount(place);
  let outcome = await book(world, 'count', place, shelves.units(place));
  if (refusalOf(outcome) === 'count_below_promised') {
    outcome = await book(world, 'count', place, shelves.units(place), true);
  }
  shelves.endCount(place, isDone(outcome));
};

/** With how often each happens, in proportion. */
export const HAPPENINGS = {
  deliver: { work: deliver, weight: 12 },
  sell: { work: sell, weight: 20 },
  walkOut: { work: walkOut, weight: 2 },
  steal: { work: steal, weight: 1 },
  damage: { work: damage, weight: 2 },
  bringBack: { work: bringBack, weight: 2 },
  quarantine: { work: quarantine, weight: 2 },
  count: { work: count, weight: 5 },
} as const satisfies Record<string, { readonly work: Happening; readonly weight: number }>;
