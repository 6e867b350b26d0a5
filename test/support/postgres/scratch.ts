import { spawnSync } from 'node:child_process';
import { chownSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { otherAccount } from './account.ts';

const PREFIX = 'holdfast-pg-';

/** No run takes so long; younger ones may belong to a process that this one cannot see. */
const ABANDONED_MS_MIN = 3_600_000;

/**
 * A new folder that belongs to the other account and lies where it can reach it. Those of processes that were killed
 * before they could remove them are removed.
 */
export function scratchFolder(): string {
  const account = otherAccount();
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    removeAbandoned(parent);
    const folder = mkdtempSync(path.join(parent, `${PREFIX}${process.pid}-`));
    if (account === undefined) return folder;
    chownSync(folder, account.uid, account.gid);
    if (spawnSync('test', ['-w', folder], account).status === 0) return folder;
    rmSync(folder, { recursive: true });
  }
  throw new Error('the user that PostgreSQL runs as reaches no folder for temporary files');
}

function removeAbandoned(parent: string): void {
  for (const name of globSync(`${PREFIX}*-*`, { cwd: parent })) {
    const folder = path.join(parent, name);
    try {
      if (isAbandoned(folder, name)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or another process removes it as well.
    }
  }
}

function isAbandoned(folder: string, name: string): boolean {
  const pid = Number.parseInt(name.slice(PREFIX.length), 10);
  return Date.now() - statSync(folder).mtimeMs > ABANDONED_MS_MIN && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
