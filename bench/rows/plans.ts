import type { Plan, PlannedRequest } from '../load/plan.ts';
import { HOT_SKU, LOCATION, SKU_COUNT, sequence, skuAt } from '../stage.ts';

/** Requests after which a plan begins again: enough that each level comes up about equally often. */
const CYCLE = 5_000;

export const BATCH_COMMANDS = 1_000;
export const ORDER_LINES = 5;

export function reserveHotSku(): Plan {
  return { kind: 'cycle', requests: [reserve([HOT_SKU])] };
}

export function reserveManySkus(): Plan {
  const next = sequence(SKU_COUNT);
  return { kind: 'cycle', requests: times(CYCLE, () => reserve([skuAt(next())])) };
}

export function reserveOrders(): Plan {
  const next = sequence(SKU_COUNT);
  const order = () => {
    const skus = new Set<string>();
    while (skus.size < ORDER_LINES) skus.add(skuAt(next()));
    return reserve([...skus]);
  };
  return { kind: 'cycle', requests: times(CYCLE, order) };
}

/** Reserve, confirm, fulfil: each reservation goes its whole way. */
export function wholeLives(): Plan {
  const step = (name: string): PlannedRequest => ({
    method: 'POST',
    route: `/v1/reservations/:id/${name}`,
    path: `/v1/reservations/<id>/${name}`,
    body: null,
  });
  const next = { held: step('confirm'), confirmed: step('fulfil') };
  return { kind: 'lives', first: reserve([HOT_SKU]), next };
}

export function readLevels(): Plan {
  const next = sequence(SKU_COUNT);
  const read = (): PlannedRequest => ({
    method: 'GET',
    route: '/v1/stock/:sku/:location',
    path: `/v1/stock/${skuAt(next())}/${LOCATION}`,
    body: null,
  });
  return { kind: 'cycle', requests: times(CYCLE, read) };
}

export function reserveInBatches(): Plan {
  const commands = times(BATCH_COMMANDS, (i) => ({ type: 'reserve', lines: [line(skuAt(i))] }));
  const body = JSON.stringify({ commands });
  return {
    kind: 'cycle',
    requests: [{ method: 'POST', route: '/v1/batch', path: '/v1/batch', body }],
  };
}

function reserve(skus: readonly string[]): PlannedRequest {
  const path = '/v1/reservations';
  const body = JSON.stringify({ lines: skus.map(line) });
  return { method: 'POST', route: path, path, body };
}

function line(sku: string) {
  return { sku, location: LOCATION, quantity: 1 };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
