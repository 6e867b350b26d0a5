import type { Outcome, Reservation } from './api.ts';
import type { Shelves } from './books.ts';
import { type ChainNode, type Shop, SKU } from './chain.ts';
import { until } from './until.ts';

/** A sale over the counter. */
export async function sell(
  { api, location }: Shop,
  quantity: number,
  shelves: Shelves,
): Promise<Outcome<unknown>> {
  const outcome = await api.attempt('/v1/movements', {
    type: 'sell',
    sku: SKU,
    location,
    quantity,
  });
  if (outcome.done) shelves.handOver(location, quantity);
  return outcome;
}

/** Held, and confirmed when it is paid. */
export async function order(
  { api }: ChainNode,
  { location }: Shop,
  quantity: number,
): Promise<Outcome<Reservation>> {
  const lines = [{ sku: SKU, location, quantity }];
  const held = await api.attempt<Reservation>('/v1/reservations', { lines });
  if (held.done) await api.post(`/v1/reservations/${held.body.id}/confirm`);
  return held;
}

/** Held, confirmed and handed over in the shop. */
export async function keepAside(
  shop: Shop,
  quantity: number,
  shelves: Shelves,
): Promise<Outcome<Reservation>> {
  const kept = await order(shop, shop, quantity);
  if (kept.done) await handOver(shop, kept.body, quantity, shelves);
  return kept;
}

/** The shop has the goods, so it is the shop that hands them over, once the order has come there. */
export async function handOver(
  { api, location }: Shop,
  { id }: Reservation,
  units: number,
  shelves: Shelves,
): Promise<void> {
  await until('the order to reach the shop', async () => {
    const list = await api.get<{ data: Reservation[] }>('/v1/reservations?status=confirmed');
    return list.data.some((one) => one.id === id);
  });
  await api.post(`/v1/reservations/${id}/fulfil`);
  shelves.handOver(location, units);
}

/** Somebody counts what is there, the hub's units among it, and needs nobody's answer to be right. */
export async function countShelf(
  { api, location }: Shop,
  shelves: Shelves,
): Promise<{ counted: number; off: number }> {
  const counted = shelves.units(location);
  const count = { type: 'count', sku: SKU, location, quantity: counted };
  const event = await api.post<{ quantity: number }>('/v1/movements', count);
  return { counted, off: event.quantity };
}
