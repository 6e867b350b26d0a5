import type { Line, ReserveCommand } from '../../src/domain/commands.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { type Sourcing, STRATEGIES } from '../../src/domain/sourcing/sourcing.ts';
import { check } from '../checks/violation.ts';
import type { Site } from '../nodes/site.ts';
import type { Place } from './shelves.ts';
import { isDone, refusalOf, type World } from './world.ts';

const BUYER = 'buyer';

/** How long a buyer thinks before the next step, on the average. */
const THINKING_MS = 1_500;

/** How long a customer who has bought online takes to come to the shop. */
const WAY_MS = 4_000;

/** After this time other nodes know what has changed, while all is well. */
const NEWS_MS = 1_000;

/** How often what is sold is asked for before it has come to where the goods are, while all is well. */
const VISITS_MAX = 400;

/** Somebody in a shop has something put aside. */
export async function orderInShop(world: World, place: Place): Promise<void> {
  const site = world.custodian(place.location);
  const line = { ...place, quantity: world.random.between(1, 2) };
  const id = await hold(world, site, [line]);
  if (id === null || !(await decideToBuy(world, site, id))) return;
  await collect(world, site, id, [line]);
}

/** Somebody buys online what lies in one shop or several, and may leave open in which. */
export async function orderOnline(world: World, place: Place): Promise<void> {
  if (world.random.chance(0.25)) return orderFromAnywhere(world, place);
  const lines = [{ ...place, quantity: world.random.between(1, 2) }];
  const other = world.random.pick(world.places);
  if (world.random.chance(0.3) && (other.location !== place.location || other.sku !== place.sku)) {
    lines.push({ ...other, quantity: 1 });
  }
  const id = await hold(world, world.hub, lines);
  if (id !== null) await buyOnline(world, id, lines);
}

async function orderFromAnywhere(world: World, place: Place): Promise<void> {
  const { random, places } = world;
  const elsewhere = places.filter(({ sku, location }) => {
    return sku === place.sku && location !== place.location;
  });
  const listed = [place, ...elsewhere].map(({ location }) => location);
  const line = { sku: place.sku, quantity: random.between(1, 3) };
  const isListed = random.chance(0.5);
  const strategy = random.pick(isListed ? STRATEGIES : STRATEGIES_ANYWHERE);
  const from = isListed ? listed : 'any';
  const sourcing = { strategy, lines: [{ ...line, from }] } as const;
  const fixed = random.chance(0.3) ? [{ ...random.pick(places), quantity: 1 }] : [];
  const reservationId = world.newId();
  const outcome = await world.ask(world.hub, BUYER, reserve(world, reservationId, fixed, sourcing));
  if (outcome?.kind !== 'reservation') return;
  const { lines } = outcome.reservation;
  checkParts(lines, fixed, line);
  await buyOnline(world, reservationId, lines);
}

const STRATEGIES_ANYWHERE = STRATEGIES.filter((strategy) => strategy !== 'nearest');

/** What is held is what was asked for, no more and no less. */
function checkParts(
  lines: readonly Line[],
  fixed: readonly Line[],
  { sku, quantity }: Pick<Line, 'sku' | 'quantity'>,
): void {
  const units = (of: readonly Line[]) =>
    of.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
  const held = units(lines) - units(fixed);
  check(held === quantity, () => `${held} of ${sku} are held for an order of ${quantity}`);
}

async function buyOnline(world: World, id: string, lines: readonly Line[]): Promise<void> {
  if (!(await decideToBuy(world, world.hub, id))) return;
  if (world.random.chance(0.2) && (await cancelOnline(world, id))) return;
  const custodians = new Set(lines.map(({ location }) => world.custodian(location)));
  for (const site of custodians) await collect(world, site, id, lines);
}

/** While all is well nobody is refused what any node has to sell. */
export async function sellOut(world: World, place: Place): Promise<void> {
  const { audit } = world.parts;
  for (const site of new Set([world.hub, world.custodian(place.location)])) {
    const units = audit.available(place.sku, place.location);
    const isKnown = audit.shortfall(place.sku, place.location) === 0;
    if (units <= 0 || !isKnown) return;
    const id = await hold(world, site, [{ ...place, quantity: units }]);
    check(
      id !== null,
      () =>
        `${units} of ${place.sku} at ${place.location} are there, and were refused at ${site.node}`,
    );
    await world.ask(site, BUYER, { type: 'cancel', reservationId: id });
    // The next one is asked when it knows what this one has got.
    await world.after(NEWS_MS);
  }
}

async function hold(world: World, site: Site, lines: readonly Line[]): Promise<string | null> {
  const reservationId = world.newId();
  const outcome = await world.ask(site, BUYER, reserve(world, reservationId, lines));
  return isDone(outcome) ? reservationId : null;
}

function reserve(
  world: World,
  reservationId: string,
  lines: readonly Line[],
  sourcing?: Sourcing,
): ReserveCommand {
  return {
    type: 'reserve',
    reservationId,
    lines,
    ...(sourcing && { sourcing }),
    ttlSeconds: world.random.between(1, world.profile.ttlSecondsMax),
    reference: null,
    metadata: null,
  };
}

/** @returns whether it was bought */
async function decideToBuy(world: World, site: Site, reservationId: string): Promise<boolean> {
  await world.pause(THINKING_MS);
  switch (world.random.weighed({ confirm: 12, cancel: 3, forget: 3, extend: 2 })) {
    case 'cancel':
      await world.ask(site, BUYER, { type: 'cancel', reservationId });
      return false;
    case 'forget':
      return false;
    case 'extend':
      await world.ask(site, BUYER, { type: 'extend', reservationId, ttlSeconds: 20 });
      return decideToBuy(world, site, reservationId);
    default:
      return isDone(await world.ask(site, BUYER, { type: 'confirm', reservationId }));
  }
}

/** @returns whether all of it is given up */
async function cancelOnline(world: World, reservationId: string): Promise<boolean> {
  await world.pause(WAY_MS);
  const outcome = await world.ask(world.hub, BUYER, { type: 'cancel', reservationId });
  return outcome?.kind === 'reservation' && outcome.reservation.status === 'cancelled';
}

/** Hands over what was bought, where the goods are. Online purchases have to get there first. */
async function collect(
  world: World,
  site: Site,
  reservationId: string,
  bought: readonly Line[],
): Promise<void> {
  const lines = bought.filter(({ location }) => world.custodian(location) === site);
  for (let visit = 1; visit <= VISITS_MAX && lines.length > 0; visit++) {
    await world.pause(WAY_MS);
    if (lines.some((line) => world.shelves.isBeingCounted(line))) continue;
    for (const line of lines) world.shelves.begin(line);
    const outcome = await world.ask(site, BUYER, { type: 'fulfil', reservationId, lines });
    if (outcome?.kind === 'reservation') handOver(world, lines, outcome.reservation);
    for (const line of lines) world.shelves.end(line);
    if (!isOnItsWay(refusalOf(outcome))) return;
  }
}

function isOnItsWay(refusal: string | null): boolean {
  return refusal === 'reservation_elsewhere' || refusal === 'reservation_not_found';
}

function handOver(world: World, asked: readonly Line[], { lines }: Reservation): void {
  for (const { sku, location } of asked) {
    const line = lines.find((one) => one.sku === sku && one.location === location);
    if (line) world.handOver({ sku, location }, line.fulfilled);
  }
}
