import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bootstrap = path.resolve(import.meta.dirname, '../../scripts/bootstrap.mjs');
// Stands for npm: an install that takes a moment, and notes when it began and ended.
const INSTALLER = `
  import { appendFileSync, mkdirSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { ensureInstalled } from ${JSON.stringify(pathToFileURL(bootstrap).href)};
  await ensureInstalled({ root: '.', install: async () => {
    appendFileSync('log', 'begin\\n');
    mkdirSync('node_modules', { recursive: true });
    await sleep(300);
    appendFileSync('log', 'end\\n');
  } });
`;
const LONG_AGO = new Date(2020, 0, 1);

let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  children = [];
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-bootstrap-'));
  fs.writeFileSync(path.join(folder, 'package-lock.json'), '{}');
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

async function run(): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', INSTALLER], {
    cwd: folder,
    stdio: 'ignore',
  });
  children.push(child);
  const [code] = await once(child, 'exit');
  return code;
}

const log = () => fs.readFileSync(path.join(folder, 'log'), 'utf8');
const lock = () => path.join(folder, '.bootstrap.lock');

describe('the bootstrap', () => {
  it('installs once when several first runs begin at once', async () => {
    expect(await Promise.all([run(), run(), run(), run()])).toEqual([0, 0, 0, 0]);
    expect(log()).toBe('begin\nend\n');
    expect(fs.readdirSync(folder).sort()).toEqual(['log', 'node_modules', 'package-lock.json']);
  });

  it('installs again when the lockfile changed, and only then', async () => {
    await run();
    await run();
    expect(log()).toBe('begin\nend\n');
    fs.writeFileSync(path.join(folder, 'package-lock.json'), '{"changed":true}');
    await run();
    expect(log()).toBe('begin\nend\nbegin\nend\n');
  });

  it('takes over the lock of a process that is gone', async () => {
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(gone, 'exit');
    fs.writeFileSync(lock(), JSON.stringify([gone.pid]));
    fs.utimesSync(lock(), LONG_AGO, LONG_AGO);
    expect(await Promise.all([run(), run()])).toEqual([0, 0]);
    expect(log()).toBe('begin\nend\n');
  });

  it('waits for an install whose parent was killed', async () => {
    const installing = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 700)'], {
      stdio: 'ignore',
    });
    children.push(installing);
    fs.writeFileSync(lock(), JSON.stringify([installing.pid]));
    const sixSecondsAgo = new Date(Date.now() - 6_000);
    fs.utimesSync(lock(), sixSecondsAgo, sixSecondsAgo);
    expect(await run()).toBe(0);
    expect(installing.exitCode).toBe(0);
    expect(log()).toBe('begin\nend\n');
  });
});
