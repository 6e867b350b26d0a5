import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../support/processes.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 600_000;
const SMALL = ['--shops', '3', '--skus', '20', '--links', '5', '--day-events', '200'];

describe('npm run bench -- chain', () => {
  it('sells at once while lines are cut, and has each unit once in the end', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { stdout } = await run(
      process.execPath,
      ['bench/main.ts', 'chain', ...SMALL, '--seconds', '1'],
      { cwd: ROOT, env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE } },
    );
    const seen = new Map(
      stdout
        .split('\n')
        .map((line) => line.split(' | '))
        .map(([what = '', figure = '']) => [what.replace('| ', ''), figure.replace(' |', '')]),
    );
    // Wrong books would have ended it with an error.
    expect(seen.get('books of 4 nodes, verified')).toMatch(/^[\d,]+ events, no finding$/);
    const sums = seen.get('delivered - sold = owned, over all nodes') ?? '';
    const [delivered = 0, sold = 0, owned = 0] = sums.match(/[\d,]+/g)?.map(numberOf) ?? [];
    expect(sold).toBeGreaterThan(3 * 200);
    expect(delivered - sold).toBe(owned);
    expect(seen.get('5 links: shares at the hub')).toBe('100');
    expect([...seen.keys()].filter((what) => /in session after$/.test(what))).toHaveLength(1);
  });
});

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}
