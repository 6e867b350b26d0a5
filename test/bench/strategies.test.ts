import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../support/processes.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 600_000;

/** Runs the bench for as short a time as it can, and says nothing about speed. */
async function strategies(...args: readonly string[]): Promise<string> {
  const brief = ['--seconds', '0.2', '--connections', '4', '--rounds', '1', '--warm-up', '0'];
  const generator = ['--generator', 'autocannon'];
  const command = ['bench/main.ts', 'strategies', ...brief, ...generator, ...args];
  const { stdout } = await run(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  return stdout;
}

/** The numbers of a table's line, by what stands at its left. */
function numbersOf(output: string, title: string): number[] {
  const line = output.split('\n').find((candidate) => candidate.startsWith(title));
  return (line?.slice(title.length).trim() ?? '')
    .split(/\s+/)
    .map((cell) => Number(cell.replaceAll(',', '')));
}

describe('npm run bench -- strategies', () => {
  it('sells what there is and no more, with each of the known answers', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const output = await strategies('--loads', 'buyers-10');
    const titles = [
      'version column, retries until it succeeds',
      'SELECT ... FOR UPDATE',
      'one conditional statement',
      'one row per unit, SKIP LOCKED',
      'Holdfast',
    ];
    for (const title of titles) {
      const [sold, unsold, oversold, failed] = numbersOf(output, title);
      expect({ title, sold, unsold, oversold, failed }).toEqual({
        ...{ title, sold: 10, unsold: 0, oversold: 0, failed: 0 },
      });
    }
    expect(output).toMatch(/^Redis +(7\.|[0-9]|not on this machine)/m);
  });

  it('holds orders of several lines', { timeout: TIMEOUT_MS }, async () => {
    const output = await strategies('--loads', 'orders', '--only', 'skip-locked', 'holdfast');
    expect(
      output.match(/^(one row per unit, SKIP LOCKED|Holdfast) +[1-9][\d,]* +0 +0 /gm),
    ).toHaveLength(2);
  });
});
