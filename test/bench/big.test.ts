import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../support/processes.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 600_000;

describe('npm run bench -- big', () => {
  it('does the same work on a ledger of 200,000 events, and finds every row by an index', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const brief = ['--seconds', '0.2', '--connections', '4', '--rounds', '1', '--warm-up', '0'];
    const args = ['--events', '200000', '--generator', 'autocannon', ...brief];
    const { stdout } = await run(process.execPath, ['bench/main.ts', 'big', ...args], {
      cwd: ROOT,
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    expect(stdout).toMatch(/^made +10,000 levels, 210,001 events/m);
    expect(stdout.match(/^200,000 events .* 0$/gm)).toHaveLength(7);
    expect(stdout).toMatch(/^reached {2}\d+ statements, none of them reads a whole table/m);
    expect(stdout).toMatch(/Index Scan using levels_pkey on levels/);
  });
});
