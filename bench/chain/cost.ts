import { setTimeout as pause } from 'node:timers/promises';
import { decimals, whole } from '../table.ts';
import type { Chain } from './waiting.ts';

/** One line of the result. */
export interface Row {
  readonly what: string;
  readonly seen: string;
  /** What is worked out from it, as a number. */
  readonly figure?: readonly [FigureName, number];
}

/** Figures from which others are worked out. */
export type FigureName =
  | 'entryBytes'
  | 'entryCpuUs'
  | 'lineBytes'
  | 'idleCpuMs'
  | 'idleBytes'
  | 'shareBytes'
  | 'toldCpuUs'
  | 'linkCpuMs'
  | 'catchUpCpuUs'
  | 'verifyUs';

export type Figures = ReadonlyMap<FigureName, number>;

/** Told of lines as they come. */
export type Tell = (rows: readonly Row[]) => void;

/** What something cost the hub. */
export interface Cost {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly commits: number;
  /** On all lines, both ways. */
  readonly bytes: number;
  /** Of shops, written meanwhile. */
  readonly events: number;
}

export async function costOf(chain: Chain, work: () => Promise<unknown>): Promise<Cost> {
  const before = await lookAt(chain);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await lookAt(chain);
  return {
    seconds,
    cpuMs: after.cpuMs - before.cpuMs,
    commits: after.commits - before.commits,
    bytes: after.bytes - before.bytes,
    events: after.events - before.events,
  };
}

async function lookAt({ hub, fleet }: Chain) {
  const { bytes, heads } = await fleet.state();
  const { cpuMs, commits } = await hub.figures();
  const events = Object.values(heads).reduce((sum, head) => sum + head, 0);
  return { bytes, cpuMs, commits, events };
}

/** What the links cost when nothing happens. */
export async function measureIdle(chain: Chain, links: number, seconds: number): Promise<Row[]> {
  const cost = await costOf(chain, () => pause(seconds * 1_000));
  const memory = await memoryOf(chain.hub);
  return [
    row(
      `${links} idle links: processor time of the hub`,
      percent(cost.cpuMs, cost.seconds),
      'idleCpuMs',
      cost.cpuMs / cost.seconds / links,
    ),
    row(
      `${links} idle links: bytes a second of one, both ways`,
      whole(cost.bytes / cost.seconds / links),
      'idleBytes',
      cost.bytes / cost.seconds / links,
    ),
    row(`${links} idle links: resident memory of the hub, and what JavaScript has in use`, memory),
  ];
}

export function perEvent({ cpuMs, events }: Cost): string {
  return `${whole((cpuMs * 1_000) / events)} µs`;
}

export function percent(cpuMs: number, seconds: number): string {
  return `${decimals(cpuMs / seconds / 10, 2)}% of a core`;
}

/** What the system has given it, and what remains of its heap after a collection of garbage. */
export async function memoryOf(hub: Chain['hub']): Promise<string> {
  const { residentBytes } = await hub.figures();
  const { heapBytes } = await hub.figures(true);
  return `${mebibytes(residentBytes)}, ${mebibytes(heapBytes)}`;
}

function mebibytes(bytes: number): string {
  return `${whole(bytes / 2 ** 20)} MiB`;
}

export function inSeconds(ms: number): string {
  return `${decimals(ms / 1_000, 2)} s`;
}

export function row(what: string, seen: string, name?: FigureName, value = 0): Row {
  return { what, seen, ...(name !== undefined && { figure: [name, value] }) };
}
