import { readFileSync } from 'node:fs';
import process from 'node:process';

/** How often it is looked whether the process that started this one is still there. */
const PARENT_POLL_MS = 250;

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Shells that npm may put between itself and a script, waiting for it to end. */
const SHELLS = ['sh', 'dash', 'bash', 'ash', 'busybox', 'zsh'];

export interface StopRequest {
  /** Why to stop, once somebody wants that. */
  readonly stopped: Promise<string>;
  /** Leaves signals to Node again. */
  release(): void;
}

/**
 * Listens for the wish to stop. Each signal may come several times, for npm hands on to its child what the whole
 * process group got as well: the first one counts, and the later ones must not cut short what is being finished.
 *
 * npm dies at once on SIGTERM and leaves its child behind, so a server that npm started also stops when npm is gone.
 */
export function listenForStop(startedByNpm: boolean): StopRequest {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of SIGNALS) process.on(signal, resolve);
  const ancestors = startedByNpm ? findAncestors() : [];
  const poll = setInterval(() => {
    if (ancestors.some(isGone)) resolve('npm is gone');
  }, PARENT_POLL_MS).unref();
  return {
    stopped: promise,
    release() {
      clearInterval(poll);
      for (const signal of SIGNALS) process.off(signal, resolve);
    },
  };
}

/** A process of which one must not become an orphan. */
interface Link {
  readonly parent: number;
  currentParent(): number;
}

/** The link to the parent and, where that is npm's shell, from there to npm. */
function findAncestors(): readonly Link[] {
  const shell = process.ppid;
  const own: Link = { parent: shell, currentParent: () => process.ppid };
  const status = readStatus(shell);
  if (status === undefined || !SHELLS.includes(status.name)) return [own];
  const currentParent = () => readStatus(shell)?.parent ?? 0;
  return [own, { parent: status.parent, currentParent }];
}

/** Orphans are given another parent, except on Windows, where the old one is still named. */
function isGone({ parent, currentParent }: Link): boolean {
  return currentParent() !== parent || !isAlive(parent);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What Linux says of a process; undefined elsewhere. */
function readStatus(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const [, name, parent] =
      /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return name === undefined ? undefined : { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
