import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';

function output(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  return { stream, text: () => String(stream.read() ?? '') };
}

describe('progress', () => {
  it('is shown on a terminal', () => {
    const { stream, text } = output(true);
    const progress = startProgress(stream, 'verifying', 1);
    progress.advanceTo(50, 200);
    progress.end();
    expect(text()).toMatch(/verifying .*25%/);
  });

  it('is not shown in a file', () => {
    const { stream, text } = output(false);
    const progress = startProgress(stream, 'verifying', 1);
    progress.advanceTo(50, 200);
    progress.end();
    expect(text()).toBe('');
  });
});
