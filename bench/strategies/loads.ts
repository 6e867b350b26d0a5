import type { Plan, PlannedRequest } from '../load/plan.ts';
import { sequence } from '../stage.ts';
import { LOCATION, skuOf } from './shelves.ts';

/** Requests after which a plan begins again: enough that each level comes up about equally often. */
const CYCLE = 5_000;
/** More than any of them can sell in a second. */
const UNITS_PER_SECOND = 40_000;

const HOT = 1;
const MANY = 1_000;
const LINES = 5;

interface AnyLoad {
  readonly name: string;
  readonly title: string;
  /** How many SKUs are asked for. */
  readonly skus: number;
  /** Lines of each request, each of another SKU. */
  readonly lines: number;
  readonly connections: number;
}

/** So many requests, each for one unit, and no more. */
export interface Rush extends AnyLoad {
  readonly kind: 'rush';
  readonly requests: number;
  /** What there is of the SKU. */
  readonly units: number;
}

/** Each connection asks again and again, for so long; there is more than can be sold. */
export interface Steady extends AnyLoad {
  readonly kind: 'steady';
}

export type Load = Rush | Steady;

/** @param connections of the loads that do not say themselves how many */
export function loadsFor(connections: number): readonly Load[] {
  return [
    rush('buyers-10', '1,000 buyers for 10 units', 1_000, 1_000, 10),
    rush('buyers-500', '1,000 buyers for 500 units', 1_000, 1_000, 500),
    rush('crowd', '20,000 requests over 1,000 connections for 10,000 units', 20_000, 1_000, 10_000),
    steady('hot', 'sustained, one SKU', HOT, 1, connections),
    steady('skus', 'sustained, 1,000 SKUs evenly', MANY, 1, connections),
    steady(
      'orders',
      `sustained, orders of ${LINES} lines with crossing SKUs`,
      MANY,
      LINES,
      connections,
    ),
    steady('lone', 'one lone client', HOT, 1, 1),
  ];
}

/** Units of each SKU that last for so long. */
export function lastingUnits({ lines, skus }: Load, seconds: number): number {
  return Math.ceil((UNITS_PER_SECOND * seconds * lines) / skus);
}

/** What is sent in one of the measurements. */
export function planOf({ skus, lines }: Load, measurement: number): Plan {
  if (skus === HOT) return reserve([skuOf(measurement, 0)]);
  const next = sequence(skus);
  const requests = Array.from({ length: CYCLE }, () => {
    const chosen = new Set<string>();
    while (chosen.size < lines) chosen.add(skuOf(measurement, next()));
    return reservation([...chosen]);
  });
  return { kind: 'cycle', requests };
}

export function reserve(skus: readonly string[]): Plan {
  return { kind: 'cycle', requests: [reservation(skus)] };
}

function reservation(skus: readonly string[]): PlannedRequest {
  const path = '/v1/reservations';
  const lines = skus.map((sku) => ({ sku, location: LOCATION, quantity: 1 }));
  return { method: 'POST', route: path, path, body: JSON.stringify({ lines }) };
}

function rush(
  name: string,
  title: string,
  requests: number,
  connections: number,
  units: number,
): Rush {
  return { kind: 'rush', name, title, requests, connections, units, skus: HOT, lines: 1 };
}

function steady(
  name: string,
  title: string,
  skus: number,
  lines: number,
  connections: number,
): Steady {
  return { kind: 'steady', name, title, skus, lines, connections };
}
