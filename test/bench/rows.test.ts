import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../support/processes.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 600_000;

/** Runs the bench for as short a time as it can, and says nothing about speed. */
async function bench(...args: readonly string[]): Promise<string> {
  const brief = ['--seconds', '0.2', '--connections', '4'];
  const { stdout } = await run(process.execPath, ['bench/main.ts', ...args, ...brief], {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  return stdout;
}

const ONCE = ['--rounds', '1', '--warm-up', '0'];

/** Lines of the table of which the last column does not say that nothing failed. */
function failuresOf(output: string): string[] {
  const table = output.split('\n').filter((line) => / {2}\d[\d,]*$/.test(line));
  return table.filter((line) => !line.endsWith('  0'));
}

describe('npm run bench', () => {
  it('says under which conditions it measures, and with what', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const output = await bench('lives', ...ONCE);
    for (const condition of ['CPU', 'Node', 'disk', 'measured']) {
      expect(output).toMatch(new RegExp(`^${condition} `, 'm'));
    }
    expect(output).toMatch(/^load generator {2}(wrk|autocannon) /m);
    expect(failuresOf(output)).toEqual([]);
  });

  it('measures every row, each beside what it is compared with', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const output = await bench('--generator', 'autocannon', ...ONCE);
    expect(output.split('\n\n').length - 1).toBe(9);
    expect(output.match(/^bare Fastify, no logging /gm)).toHaveLength(7);
    expect(output.match(/^like empty (POSTs?|GET) /gm)).toHaveLength(7);
    expect(output.match(/^bare inserts of the same rows/gm)).toHaveLength(2);
    expect(output.match(/^one commit per command /gm)).toHaveLength(6);
    expect(failuresOf(output)).toEqual([]);
  });

  it('soaks', { timeout: TIMEOUT_MS }, async () => {
    const output = await bench('soak', '--commands', '50', '--generator', 'autocannon');
    expect(output).toMatch(/start of the server: [\d,]+ ms on an empty history, [\d,]+ ms after/);
  });

  it('measures a growing history', { timeout: TIMEOUT_MS }, async () => {
    const output = await bench('history', '--events', '4000');
    expect(output.match(/^ *[\d,]+ +[\d,]+ +[\d.,]+ .*$/gm)?.length).toBe(5);
  });
});
