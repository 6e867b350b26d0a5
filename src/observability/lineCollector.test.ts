import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLineCollector } from './lineCollector.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function collect() {
  const written: string[] = [];
  let synced = 0;
  const lines = createLineCollector({
    write: (text) => written.push(text),
    flushSync: () => {
      synced += 1;
    },
  });
  return { lines, written, synced: () => synced };
}

describe('log lines', () => {
  it('are written together after a moment, in order', () => {
    const { lines, written } = collect();
    lines.write('a\n');
    lines.write('b\n');
    expect(written).toEqual([]);
    vi.runAllTimers();
    expect(written).toEqual(['a\nb\n']);
    lines.write('c\n');
    vi.runAllTimers();
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('are not kept when there are many', () => {
    const { lines, written } = collect();
    lines.write('x'.repeat(40_000));
    lines.write('y'.repeat(40_000));
    expect(written).toHaveLength(1);
    vi.runAllTimers();
    expect(written).toHaveLength(1);
  });

  it('are written at once before the end', () => {
    const { lines, written, synced } = collect();
    lines.write('last\n');
    lines.flushSync();
    expect([written, synced()]).toEqual([['last\n'], 1]);
    vi.runAllTimers();
    expect(written).toHaveLength(1);
  });
});
