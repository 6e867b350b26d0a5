import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CommandError } from '../../exitCodes.ts';

/** Works in a folder for databases: that one, which is kept, or one that is removed whatever happens. */
export async function withFolder<T>(
  kept: string | undefined,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  if (kept !== undefined) return work(await emptyFolder(kept));
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-chain-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function emptyFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return folder;
  throw new CommandError(
    `${folder} is not empty; name a new folder with --keep, for nothing in it is to be written over`,
    'usage',
  );
}
