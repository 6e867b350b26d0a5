import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin');
// Stands for the compiled server: says its arguments, and writes a file when it is told to stop.
const MAIN = `
  import { writeFileSync } from 'node:fs';
  const running = setInterval(() => {}, 1000);
  process.on('SIGTERM', () => { clearInterval(running); writeFileSync('stopped', ''); });
  console.log(process.argv.slice(2).join(' '));
  if (process.argv[2] === 'fail') { clearInterval(running); process.exitCode = 3; }
`;
// Stands for the launcher on an older Node, which keeps a channel to the Node that it starts.
const PARENT = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, ['bin/holdfast.mjs', 'serve'], { stdio: ['ignore', 1, 2, 'ipc'] });
`;

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-launcher-'));
  fs.cpSync(bin, path.join(folder, 'bin'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'dist'));
  fs.writeFileSync(path.join(folder, 'dist/main.js'), MAIN);
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('the launcher', () => {
  it('hands on the arguments and the exit code', async () => {
    const child = spawn(process.execPath, ['bin/holdfast.mjs', 'fail', 'soon'], { cwd: folder });
    const [[output], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
    expect(String(output)).toBe('fail soon\n');
    expect(code).toBe(3);
  });

  it('leaves no server behind when it is killed', async () => {
    const parent = spawn(process.execPath, ['--eval', PARENT], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await expect.poll(() => fs.existsSync(path.join(folder, 'stopped'))).toBe(true);
  });
});
