import type { Command } from '../../src/domain/commands.ts';
import { isOpenTransfer, type Transfer } from '../../src/domain/transfer.ts';
import type { Place } from './shelves.ts';
import { isDone, type World } from './world.ts';

const DRIVER = 'driver';

/** How long a van is under way, on the average. */
const WAY_MS = 3_000;

/** How long somebody waits who finds the shelf being counted. */
const COUNTED_MS = 300;

/** What becomes of the goods on the way, with how often it happens, in proportion. */
const FATES = { arrive: 12, lose: 2, turnBack: 2, cancelAnyway: 1, comeTwice: 2, parts: 3 };

/** Goods go from one place to another in a van, with papers: they may well be there before any message is. */
export async function sendGoods(world: World, from: Place): Promise<void> {
  const others = world.places.filter((place) => place.location !== from.location);
  const ends = others.filter(({ sku }) => sku === from.sku);
  if (ends.length === 0 || world.shelves.isBeingCounted(from)) return;
  const to = world.random.pick(ends);
  const transferId = world.newId();
  const units = world.random.between(1, 3);
  if (!(await leave(world, transferId, from, to, units))) return;
  const fate = world.random.weighed(FATES);
  await world.pause(WAY_MS);
  switch (fate) {
    case 'turnBack':
      return turnBack(world, transferId, from, units);
    case 'cancelAnyway':
      world.begin(cancelAnyway(world, transferId, from));
      return arrive(world, transferId, to, units, units);
    case 'lose':
      return arrive(world, transferId, to, units - 1, units - 1);
    case 'parts':
      await arrive(world, transferId, to, units - 1, units - 1);
      return arrive(world, transferId, to, 1, units);
    case 'comeTwice':
      world.begin(arrive(world, transferId, to, units, units));
      return bookAgain(world, transferId, to, units);
    default:
      return arrive(world, transferId, to, units, units);
  }
}

async function leave(
  world: World,
  transferId: string,
  from: Place,
  to: Place,
  units: number,
): Promise<boolean> {
  const { shelves } = world;
  shelves.begin(from);
  const outcome = await world.ask(world.custodian(from.location), DRIVER, {
    type: 'dispatch',
    transferId,
    from: from.location,
    to: to.location,
    lines: [{ sku: from.sku, quantity: units }],
    reference: null,
  });
  if (isDone(outcome)) world.handOver(from, units);
  shelves.end(from);
  return isDone(outcome);
}

function receipt(transferId: string, { sku, location: to }: Place, total: number): Command {
  return { type: 'receiveTransfer', transferId, to, lines: [{ sku, quantity: total }] };
}

/** @param total that have arrived of it by then */
async function arrive(
  world: World,
  transferId: string,
  to: Place,
  units: number,
  total: number,
): Promise<void> {
  if (units === 0) return;
  const { shelves } = world;
  while (shelves.isBeingCounted(to)) await world.pause(COUNTED_MS);
  shelves.begin(to);
  shelves.put(to, units);
  const command = receipt(transferId, to, total);
  const outcome = await world.ask(world.custodian(to.location), DRIVER, command);
  // Refused is what was called back, or came where nobody has custody any more: a find for the next count.
  if (!isDone(outcome)) shelves.booked(to, units);
  shelves.end(to);
}

/** A second clerk books the same papers; nothing is put on the shelf for that. */
async function bookAgain(world: World, id: string, to: Place, total: number): Promise<void> {
  const { shelves } = world;
  if (shelves.isBeingCounted(to)) return;
  shelves.begin(to);
  await world.ask(world.custodian(to.location), DRIVER, receipt(id, to, total));
  shelves.end(to);
}

async function turnBack(world: World, transferId: string, from: Place, units: number) {
  const { shelves } = world;
  while (shelves.isBeingCounted(from)) await world.pause(COUNTED_MS);
  shelves.begin(from);
  shelves.put(from, units);
  const command = { type: 'cancelTransfer', transferId } as const;
  const outcome = await world.ask(world.custodian(from.location), DRIVER, command);
  if (!isDone(outcome)) shelves.booked(from, units);
  shelves.end(from);
}

/** The source takes back what has left: its books say that there is more than lies on its shelf, until the next count. */
async function cancelAnyway(world: World, transferId: string, from: Place): Promise<void> {
  const { shelves } = world;
  if (shelves.isBeingCounted(from)) return;
  shelves.begin(from);
  const command = { type: 'cancelTransfer', transferId } as const;
  const outcome = await world.ask(world.custodian(from.location), DRIVER, command);
  if (outcome?.kind === 'transfer') {
    const returned = outcome.transfer.lines.reduce((units, line) => units + line.returned, 0);
    shelves.booked(from, -returned);
  }
  shelves.end(from);
}

/** At the end whatever differs is given a reason, where the goods were to arrive. */
export async function settleTransfers(world: World): Promise<void> {
  const open = [...world.hub.disk.tables.transfers.values()].filter(isOpenTransfer);
  for (const transfer of open) {
    const site = world.custodian(transfer.to);
    await world.ask(site, DRIVER, settlement(transfer));
  }
}

/** Nothing of it comes any more. Where the dispatch is not known, the goods that came are all that there is. */
function settlement({ id: transferId, from, lines }: Transfer): Command {
  const base = { type: 'receiveTransfer', transferId, reason: 'settled' } as const;
  if (from === null) return base;
  return { ...base, lines: lines.map(({ sku, received: quantity }) => ({ sku, quantity })) };
}
