import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What a second of processor time is in `/proc`: Linux has had this number everywhere for twenty years. */
const TICKS_PER_SECOND = 100;

/** Places in `/proc/<pid>/stat` behind the name of the program, which may hold blanks. */
const PARENT = 1;
const OWN = [11, 12];
const OF_ENDED_CHILDREN = [13, 14];

/**
 * Processor time of a process and of its children, those included that have ended, in milliseconds. A PostgreSQL has a
 * child for each connection and for each of its own duties.
 * @returns null where the system does not say
 */
export function familyCpuMs(pid: number): number | null {
  const parent = readStat(pid);
  if (parent === undefined) return null;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined && stat[PARENT] === pid);
  const ticks = [
    sumOf(parent, [...OWN, ...OF_ENDED_CHILDREN]),
    ...children.map((stat) => sumOf(stat ?? [], OWN)),
  ];
  return (ticks.reduce((sum, each) => sum + each, 0) * 1_000) / TICKS_PER_SECOND;
}

/** The numbers behind the name; undefined for a process that is gone. */
function readStat(pid: number): number[] | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  try {
    const text = readFileSync(file, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return undefined;
  }
}

function sumOf(stat: readonly number[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + (stat[place] ?? 0), 0);
}
