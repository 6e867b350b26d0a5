import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';

/** The process and all that it has started, now. */
export function withDescendants(pid: number): number[] {
  const parents = existsSync('/proc/self/stat') ? parentsFromProc() : parentsFromPs();
  const family = new Set([pid]);
  // Grown until nothing is added: the list is in no order.
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  return [...family];
}

function parentsFromProc(): [number, number][] {
  return globSync('/proc/[0-9]*/stat').flatMap((file) => {
    const stat = readIfThere(file);
    // The name, in brackets, may hold anything; the state and the parent follow it.
    const parent = /\) \S (\d+) [^)]*$/.exec(stat)?.[1];
    return parent === undefined ? [] : [[Number.parseInt(stat, 10), Number(parent)]];
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function parentsFromPs(): [number, number][] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\d+)\s+(\d+)/g)].map(([, pid, ppid]) => [Number(pid), Number(ppid)]);
}
