// Installs the dependencies when they are missing or out of date, and is done in a few milliseconds
// when they are not. Runs before every npm script, so it is plain JavaScript without dependencies
// that the oldest supported host Node can run; Node 24 itself comes with the dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NODE_MAJOR_MIN, NODE_PACKAGES } from '../bin/node-packages.mjs';

const HOST_NODE_MAJOR_MIN = 20;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const HEARTBEAT_MS = 1_000;
const HEARTBEAT_LATE_MS = 5_000;
const LOCK_AGE_MAX_MS = 600_000;
const LOCK_POLL_MS = 200;
const NPM_CI = ['ci', '--no-fund', '--no-audit', '--loglevel=error', '--include=optional'];

/** What this project needs of a machine, told apart so that it can be tested without one. */
export function refusalForHost({ platform, arch, isMusl, nodeVersion }) {
  const major = Number.parseInt(nodeVersion, 10);
  if (major < HOST_NODE_MAJOR_MIN) {
    return `Node ${nodeVersion} is too old to install Holdfast. Install Node ${HOST_NODE_MAJOR_MIN} or newer and try again.`;
  }
  const broughtAlong = `${platform}-${arch}` in NODE_PACKAGES && !isMusl;
  if (broughtAlong || major >= NODE_MAJOR_MIN) return undefined;
  const name = `${platform}-${arch}${isMusl ? ' (musl)' : ''}`;
  return `Holdfast brings no Node for ${name}, and this is Node ${nodeVersion}. Install Node ${NODE_MAJOR_MIN} or newer and try again.`;
}

/** Runs `install` unless the stamp already matches; many processes may call it at once. */
export async function ensureInstalled({ root, install }) {
  if (isInstalled(root)) return;
  const release = await acquireLock(path.join(root, '.bootstrap.lock'));
  try {
    if (isInstalled(root)) return;
    await install(release.recordChild);
    fs.writeFileSync(stampPath(root), lockfileHash(root));
  } finally {
    release();
  }
}

function isInstalled(root) {
  return readIfPresent(stampPath(root)) === lockfileHash(root);
}

function stampPath(root) {
  return path.join(root, 'node_modules', '.bootstrap-stamp');
}

// The platform is part of it, because a folder that is shared or copied brings its binaries along.
function lockfileHash(root) {
  const lockfile = fs.readFileSync(path.join(root, 'package-lock.json'));
  const platform = `${process.platform}-${process.arch}`;
  return createHash('sha256').update(lockfile).update(platform).digest('hex');
}

function readIfPresent(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * One holder at a time. The holder touches the file every second; who finds a file that nobody
 * touches and whose processes are gone takes it over. The install is named too, because it lives on
 * for a while when its parent is killed.
 */
async function acquireLock(file) {
  const pids = [process.pid];
  let told = false;
  while (!createLock(file, pids)) {
    if (!removeStaleLock(file)) {
      if (!told) log('another process is installing the dependencies, waiting for it');
      told = true;
      await sleep(LOCK_POLL_MS);
    }
  }
  const heartbeat = setInterval(() => writeLock(file, pids), HEARTBEAT_MS);
  const release = () => {
    clearInterval(heartbeat);
    fs.rmSync(file, { force: true });
  };
  release.recordChild = (pid) => {
    pids.push(pid);
    writeLock(file, pids);
  };
  return release;
}

// A link is made with its content in one step, so that nobody reads a lock that is still empty.
function createLock(file, pids) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(pids));
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function writeLock(file, pids) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(pids));
  fs.renameSync(draft, file);
}

function removeStaleLock(file) {
  const stale = readLock(file);
  if (stale === undefined) return true;
  if (!isStale(stale)) return false;
  // Renaming succeeds for one of those who find the same stale lock; the others get ENOENT.
  const aside = `${file}.stale.${process.pid}`;
  try {
    if (readLock(file)?.inode !== stale.inode) return true;
    fs.renameSync(file, aside);
    fs.rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return true;
}

function readLock(file) {
  try {
    const { mtimeMs, ino } = fs.statSync(file);
    return {
      inode: ino,
      ageMs: Date.now() - mtimeMs,
      pids: JSON.parse(fs.readFileSync(file, 'utf8')),
    };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isStale({ ageMs, pids }) {
  if (ageMs < HEARTBEAT_LATE_MS) return false;
  return ageMs > LOCK_AGE_MAX_MS || !pids.some(isAlive);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function log(message) {
  process.stderr.write(`holdfast: ${message}\n`);
}

function isMusl() {
  if (process.platform !== 'linux') return false;
  return process.report.getReport().header.glibcVersionRuntime === undefined;
}

function fail(message) {
  log(message);
  process.exit(1);
}

/**
 * npm leaves out optional packages whose engines the Node that runs it does not meet, without a word,
 * and the compilers of the tools are such packages. There the Node that is brought along runs npm.
 */
export function canInstallTools(nodeVersion) {
  const [major, minor] = nodeVersion.split('.').map(Number);
  if (major === 20) return minor >= 19;
  if (major === 22) return minor >= 12;
  return major >= 24;
}

async function install(root, recordChild) {
  log('installing the dependencies, this happens once');
  if (!canInstallTools(process.versions.node)) {
    await npmCi(root, ['--omit=dev'], process.env.npm_node_execpath, recordChild);
    await npmCi(root, ['--include=dev'], settleRuntime(root), recordChild);
  } else {
    await npmCi(root, ['--include=dev'], process.env.npm_node_execpath, recordChild);
  }
  settleRuntime(root);
}

async function npmCi(root, extraArgs, node, recordChild) {
  const { command, args, options } = npmCommand(node ?? process.execPath);
  // npm's own output goes to standard error: standard output belongs to the command that follows.
  const child = spawn(command, [...args, ...NPM_CI, ...extraArgs], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    ...options,
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
    if (child.pid !== undefined) recordChild(child.pid);
  });
  for (const signal of SIGNALS) process.off(signal, forward);
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}, see above`);
}

// Inside an npm script npm says where it is: the same npm that the user called.
function npmCommand(node) {
  const npmCli = process.env.npm_execpath;
  if (npmCli !== undefined && path.basename(npmCli) === 'npm-cli.js') {
    return { command: node, args: [npmCli], options: {} };
  }
  const env = { ...process.env, PATH: path.dirname(node) + path.delimiter + process.env.PATH };
  return { command: 'npm', args: [], options: { env, shell: process.platform === 'win32' } };
}

/**
 * Puts the Node that came along first on the path of npm scripts, and answers where it is. npm does
 * this too, but npm 10 takes the link away again with the packages of the other platforms. Where that
 * Node does not run, it must not stand in the way of the user's own.
 */
function settleRuntime(root) {
  const modules = path.join(root, 'node_modules');
  const link = path.join(modules, '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const found = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  const executable = found && path.join(modules, found.name, found.executable);
  fs.rmSync(link, { force: true });
  if (executable && spawnSync(executable, ['--version']).status === 0) {
    if (process.platform === 'win32') fs.linkSync(executable, link);
    else fs.symlinkSync(path.relative(path.dirname(link), executable), link);
    return executable;
  }
  if (majorVersion() >= NODE_MAJOR_MIN) return undefined;
  throw new Error(
    `the Node ${NODE_MAJOR_MIN} that npm should have installed is missing or does not run here; install Node ${NODE_MAJOR_MIN} or newer yourself`,
  );
}

function majorVersion() {
  return Number.parseInt(process.versions.node, 10);
}

async function main() {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  if (!isInstalled(root) || majorVersion() < NODE_MAJOR_MIN) {
    const refusal = refusalForHost({
      platform: process.platform,
      arch: process.arch,
      isMusl: isMusl(),
      nodeVersion: process.versions.node,
    });
    if (refusal !== undefined) fail(refusal);
  }
  await ensureInstalled({
    root,
    install: (recordChild) => install(root, recordChild),
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error) => fail(error.message));
}
