import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { CommandError } from './exitCodes.ts';

/**
 * Makes a folder for what nobody needs afterwards; the caller removes it.
 * @param command a part of its name, so that people know whose it is
 * @throws {CommandError} naming the place where it cannot be made
 */
export async function makeTemporaryFolder(command: string): Promise<string> {
  const place = tmpdir();
  try {
    return await mkdtemp(path.join(place, `holdfast-${command}-`));
  } catch (error) {
    throw new CommandError(
      `cannot make a folder for temporary files in "${place}": ${systemFault(error)}; set TMPDIR to a folder that is there and can be written`,
    );
  }
}

/** What the system says, without the call and the path that it was about. */
export function systemFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const number = 'errno' in error ? error.errno : undefined;
  return typeof number === 'number' ? getSystemErrorMessage(number) : error.message;
}
