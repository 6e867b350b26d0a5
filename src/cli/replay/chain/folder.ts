import { mkdir, readdir, rm } from 'node:fs/promises';
import { CommandError } from '../../exitCodes.ts';
import { makeTemporaryFolder, systemFault } from '../../temporaryFolder.ts';

/**
 * Works in a folder for databases: that one, which is kept, or one that is removed whatever happens.
 * @param note told where the latter is: a process that is killed removes nothing
 * @throws {CommandError} when it cannot be made, or has something in it
 */
export async function withFolder<T>(
  kept: string | undefined,
  note: (folder: string) => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  if (kept !== undefined) return work(await emptyFolder(kept));
  const folder = await makeTemporaryFolder('chain');
  try {
    note(folder);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function emptyFolder(folder: string): Promise<string> {
  if ((await listFolder(folder)).length === 0) return folder;
  throw new CommandError(
    `${folder} is not empty; name a new folder with --keep, for nothing in it is to be written over`,
    'usage',
  );
}

/** What is in it, after it was made if need be. */
async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return await readdir(folder);
  } catch (error) {
    throw new CommandError(
      `--keep is "${folder}", and cannot be a folder: ${systemFault(error)}; name one that is new or empty`,
      'usage',
    );
  }
}
