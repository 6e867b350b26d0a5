import type { Side } from './arrival.ts';

/** Whether the line of the shop worked while a buyer was served. */
export type LineState = 'connected' | 'cut';

/** Units that buyers asked for, and what became of them. */
export interface Demand {
  units: number;
  sold: number;
  /** Refused although there were enough, only because of who owned them. */
  refusedFalsely: number;
  /** Refused, for there were not enough. */
  soldOut: number;
}

/** What one run has shown. Plain numbers: they pass from worker to worker. */
export interface Figures {
  readonly demand: Readonly<Record<LineState, Readonly<Record<Side, Demand>>>>;
  /** Buyers who got what they wanted. */
  readonly sales: number;
  /** Of all buyers, those who waited for another node; and how long in all, in milliseconds. */
  readonly waiters: number;
  readonly waitedMs: number;
  readonly messages: number;
  readonly bytes: number;
  /** Units that changed hands: asked for by somebody who was short, and by the policy. */
  readonly borrowed: number;
  readonly planned: number;
  /** Hours that units lay with one side after the other had refused somebody for want of them. */
  readonly idleUnitHours: number;
  /** Hours that units were available on either side. */
  readonly unitHours: number;
  /** Hours that units lay on another side than those who wanted them on that day. */
  readonly misplacedUnitHours: number;
}

function noDemand(): Demand {
  return { units: 0, sold: 0, refusedFalsely: 0, soldOut: 0 };
}

export function emptyDemand(): Record<LineState, Record<Side, Demand>> {
  return {
    connected: { shop: noDemand(), online: noDemand() },
    cut: { shop: noDemand(), online: noDemand() },
  };
}
