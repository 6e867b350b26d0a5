import { createWriteStream, realpathSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { CommandError } from '../exitCodes.ts';

/** Where an export goes that has a name. */
export interface Target {
  readonly stream: Writable;
  /** Gives the file its name. */
  done(): Promise<void>;
  /** Leaves nothing behind. */
  failed(): Promise<void>;
}

/**
 * A file has its name only when it is whole and on the disk, so that nobody takes a broken one for the export. A device
 * or a pipe, such as /dev/stdout, is written to as it is: it must not be replaced by a file.
 * @param modeOfNew who may do what with a file that is not there yet
 * @throws {CommandError} for a folder
 */
export function openTarget(path: string, modeOfNew = 0o666): Target {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) throw cannotWrite(path, 'it is a folder');
  if (stats !== undefined && !stats.isFile()) return direct(path);
  // A link stays a link, and a file that only its owner may read stays one.
  return stats === undefined ? drafted(path, modeOfNew) : drafted(realpathSync(path), stats.mode);
}

export function cannotWrite(path: string, fault: string): CommandError {
  return new CommandError(`cannot write ${path}: ${fault}`);
}

function direct(path: string): Target {
  const nothing = () => Promise.resolve();
  return { stream: createWriteStream(path), done: nothing, failed: nothing };
}

function drafted(path: string, mode: number): Target {
  // Two exports to one file at a time must not write into one draft.
  const draft = `${path}.${process.pid}.part`;
  return {
    stream: createWriteStream(draft, { mode, flush: true }),
    done: () => rename(draft, path),
    failed: () => rm(draft, { force: true }),
  };
}
