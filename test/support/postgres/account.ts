import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** A user of this machine, by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Everybody's and nobody's account, where no user `postgres` exists. */
const NOBODY: Account = { uid: 65_534, gid: 65_534 };

/**
 * As whom PostgreSQL and PgBouncer run: both refuse root.
 * @returns undefined when this process is not root, and they may run as its user
 */
export function otherAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [, uid, gid] =
    /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return uid === undefined ? NOBODY : { uid: Number(uid), gid: Number(gid) };
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly account: { readonly uid: number; readonly gid: number } | Record<string, never>;
}

export type DeathSignal = 'INT' | 'KILL';

/** How a server is started as the other account, so that it gets the signal when this process is killed, where that can be. */
export function launchOf(
  command: string,
  args: readonly string[],
  deathSignal: DeathSignal,
): Launch {
  const account = otherAccount();
  if (!hasSetpriv()) return { command, args, account: account ?? {} };
  const become = account
    ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
    : [];
  return {
    command: 'setpriv',
    args: [...become, `--pdeathsig=${deathSignal}`, '--', command, ...args],
    account: {},
  };
}

/** Linux has it; an older one, or that of BusyBox, does not know the option. */
function hasSetpriv(): boolean {
  return spawnSync('setpriv', ['--pdeathsig=INT', '--', 'true']).status === 0;
}

/** A new folder that belongs to the other account and lies where it can reach it. */
export function scratchFolder(): string {
  const account = otherAccount();
  for (const parent of [tmpdir(), '/tmp']) {
    const folder = mkdtempSync(path.join(parent, 'holdfast-pg-'));
    if (account === undefined) return folder;
    chownSync(folder, account.uid, account.gid);
    if (spawnSync('test', ['-w', folder], account).status === 0) return folder;
    rmSync(folder, { recursive: true });
  }
  throw new Error('the user that PostgreSQL runs as reaches no folder for temporary files');
}
