import { isMovement, type LoggedEvent } from '../../src/domain/events.ts';
import { totalsAfter } from '../../src/domain/evolveTransfer.ts';
import {
  isOpenTransfer,
  outstanding,
  type Transfer,
  type TransferTotals,
  totalsAt,
} from '../../src/domain/transfer.ts';
import { transferLine } from '../../src/domain/transferTotals.ts';
import type { Shop, World } from '../world/world.ts';
import { check } from './violation.ts';

const NONE: TransferTotals = { quantity: 0, received: 0, lost: 0, returned: 0, found: 0 };

/** When all is at rest all nodes say the same of each transfer, and no more than what their logs say was done. */
export function checkTransfers(world: World): void {
  for (const shop of world.shops) if (!shop.isRetired) checkShop(world, shop);
  // A copy of a node, and a node that was given up, have done what is in no log any more.
  const isWhole = world.parts.copies.isUnused && world.shops.every(({ isRetired }) => !isRetired);
  if (isWhole) checkTotals(world);
}

function checkShop(world: World, { site, location }: Shop): void {
  const { transfers } = world.hub.disk.tables;
  const own = site.disk.tables.transfers;
  for (const id of own.keys()) {
    check(transfers.has(id), () => `the hub does not know transfer ${id} of ${site.node}`);
  }
  for (const transfer of transfers.values()) {
    if (transfer.from !== location && transfer.to !== location) continue;
    // What had ended before the shop's node was added is not told.
    if (!isOpenTransfer(transfer) && !own.has(transfer.id)) continue;
    const [here, there] = [said(transfer), said(own.get(transfer.id))];
    const name = `transfer ${transfer.id}`;
    check(here === there, () => `${name} is ${here} at the hub and ${there} at ${site.node}`);
  }
}

/** When all was settled nothing is under way any more. */
export function checkSettled({ hub }: World): void {
  for (const transfer of hub.disk.tables.transfers.values()) {
    check(!isOpenTransfer(transfer), () => `transfer ${transfer.id} is ${said(transfer)}`);
  }
}

function said(transfer: Transfer | undefined): string {
  if (!transfer) return 'not known';
  const { status, from, to, lines } = transfer;
  const units = [...lines]
    .sort((one, other) => (one.sku < other.sku ? -1 : 1))
    .map(({ sku, places, ...totals }) => `${sku} ${Object.values(totals).join('/')}`);
  return `${status} ${from} > ${to} ${units.join(', ')}`;
}

/** Each unit that a transfer says to have been moved is in the log of the node that moved it, once. */
function checkTotals({ hub, shops }: World): void {
  const done = new Map<string, TransferTotals>();
  for (const { disk } of [hub, ...shops.map(({ site }) => site)]) {
    for (const event of disk.tables.events) addStep(done, event);
  }
  for (const { id, lines } of hub.disk.tables.transfers.values()) {
    for (const { sku, places } of lines) {
      for (const { place } of places) {
        const key = keyOf(id, sku, place);
        const told = totalsAt(transferLine(hub.disk.tables.transfers.get(id), sku), place);
        const logged = done.get(key) ?? NONE;
        check(
          spell(told) === spell(logged),
          () => `${key}: the hub says ${spell(told)}, and the logs ${spell(logged)}`,
        );
        done.delete(key);
      }
    }
  }
  const [unknown] = done.keys();
  check(unknown === undefined, () => `the hub has not heard of ${unknown}`);
}

function addStep(done: Map<string, TransferTotals>, event: LoggedEvent): void {
  const id = event.details?.transferId;
  if (id === undefined || !isMovement(event)) return;
  const key = keyOf(id, event.sku, event.location);
  done.set(key, totalsAfter(done.get(key) ?? NONE, event));
}

function keyOf(id: string, sku: string, place: string): string {
  return `${id} ${sku} ${place}`;
}

function spell(totals: TransferTotals): string {
  const { quantity, received, lost, returned, found } = totals;
  const rest = outstanding(totals);
  return `${quantity} sent, ${received} received, ${lost} lost, ${returned} returned, ${found} found, ${rest} left`;
}
