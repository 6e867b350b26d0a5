import { spawnSync } from 'node:child_process';
import { chownSync, closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { otherAccount } from './account.ts';
import { scratchFolder } from './scratch.ts';
import type { PostgresServer } from './server.ts';
import { connected } from './testDatabase.ts';

const BLOCK = Buffer.alloc(8_192, 1);

/** A disk of its own for some of a server's databases, so small that it can be filled. */
export interface SmallDisk {
  /** For `createTestDatabase`. */
  readonly tablespace: string;
  /**
   * Takes all the room that is left. The write-ahead log is elsewhere, so the server refuses rows and goes on.
   * (A database's first session writes a file too, and fails with another code.)
   */
  fill(): void;
  /** Gives that room back. */
  free(): void;
  /** After its databases were dropped. */
  remove(): Promise<void>;
}

/** Whether this process may have a disk of its own: it takes root, and a container that lets it mount. */
export function canMakeDisks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

/** @param megabytes a migrated database takes about 10 */
export async function smallDisk(server: PostgresServer, megabytes: number): Promise<SmallDisk> {
  const folder = scratchFolder();
  const ballast = path.join(folder, 'ballast');
  const tablespace = `small_${path.basename(folder).replace(/\W/g, '_')}`.toLowerCase();
  mounted(folder, megabytes);
  try {
    await on(server, `CREATE TABLESPACE ${tablespace} LOCATION '${folder}'`);
  } catch (error) {
    unmounted(folder);
    throw error;
  }
  return {
    tablespace,
    fill: () => fillUp(ballast),
    free: () => rmSync(ballast, { force: true }),
    remove: async () => {
      await on(server, `DROP TABLESPACE ${tablespace}`);
      unmounted(folder);
    },
  };
}

function on({ url }: PostgresServer, text: string): Promise<unknown> {
  return connected(url, (client) => client.query(text));
}

function mounted(folder: string, megabytes: number): void {
  done(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'none', folder]));
  const account = otherAccount();
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
}

function unmounted(folder: string): void {
  done(spawnSync('umount', ['--lazy', folder]));
  rmSync(folder, { recursive: true, force: true });
}

function done({ status, stderr }: { status: number | null; stderr: Buffer }): void {
  if (status !== 0) throw new Error(`no disk for the test: ${stderr.toString()}`);
}

function fillUp(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, BLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
}
