import { readFileSync } from 'node:fs';
import process from 'node:process';

/** How often it is looked whether the process that started this one is still there. */
const PARENT_POLL_MS = 250;

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Shells that npm may put between itself and a script, waiting for it to end. */
const SHELLS = ['sh', 'dash', 'bash', 'ash', 'busybox', 'zsh'];

/** The launcher of the installed package, which waits for its child where the host's own Node is too old. */
const LAUNCHER = /holdfast(\.mjs)?\0/;

/** A shell, a launcher, and no more is to be expected on the way up to npm. */
const LINKS_MAX = 4;

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

/** That a process was started by another one, which must not become untrue. */
interface Link {
  readonly parent: number;
  currentParent(): number;
}

/** The links from here up to npm, as far as that can be told: elsewhere than on Linux only the first. */
function findAncestors(): readonly Link[] {
  const links: Link[] = [{ parent: process.ppid, currentParent: () => process.ppid }];
  let between = readStatus(process.ppid);
  while (between !== undefined && isBetween(between) && links.length < LINKS_MAX) {
    const { pid, parent } = between;
    links.push({ parent, currentParent: () => readStatus(pid)?.parent ?? 0 });
    between = readStatus(parent);
  }
  return links;
}

/** Whether a process does nothing but wait for its child: npm's shell, or the launcher of the package. */
function isBetween({ name, commandLine }: Status): boolean {
  return SHELLS.includes(name) || LAUNCHER.test(commandLine);
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

interface Status {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly commandLine: string;
}

/** What Linux says of a process; undefined elsewhere. */
function readStatus(pid: number): Status | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    return name === undefined ? undefined : { pid, name, parent: Number(parent), commandLine };
  } catch {
    return undefined;
  }
}
