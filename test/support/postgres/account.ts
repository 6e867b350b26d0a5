import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
