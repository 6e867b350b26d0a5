import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StopwatchBreaker } from '../../src/nodes/stopwatchBreaker.ts';
import { createLinkBreaker, type ResettableBreaker } from '../../src/start/linkBreaker.ts';

const SILENCE_MS = 5_000;

const breakers = {
  'a server': () => createLinkBreaker(SILENCE_MS),
  'a node whose time is played': () =>
    new StopwatchBreaker({ elapsed: () => Date.now() }, SILENCE_MS),
} satisfies Record<string, () => ResettableBreaker>;

describe.each(Object.entries(breakers))('the breaker of %s', (_, newBreaker) => {
  let breaker: ResettableBreaker;
  let asked: string[];
  beforeEach(() => {
    vi.useFakeTimers();
    breaker = newBreaker();
    asked = [];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function ask(peer: string, isSilent = false): Promise<boolean> {
    return breaker.guard(peer, async () => {
      asked.push(peer);
      if (isSilent) throw new Error('silence');
    });
  }

  it('asks a peer that answers, each time', async () => {
    expect([await ask('a'), await ask('a')]).toEqual([true, true]);
    expect(asked).toEqual(['a', 'a']);
  });

  it('leaves a peer alone that did not answer once, and no other', async () => {
    expect(await ask('a', true)).toBe(false);
    expect([await ask('a'), await ask('b')]).toEqual([false, true]);
    expect(asked).toEqual(['a', 'b']);
  });

  it('tries after a while whether it answers again', async () => {
    await ask('a', true);
    vi.advanceTimersByTime(SILENCE_MS);
    expect(await ask('a', true)).toBe(false);
    expect(await ask('a')).toBe(false);
    vi.advanceTimersByTime(SILENCE_MS);
    expect([await ask('a'), await ask('a')]).toEqual([true, true]);
    expect(asked).toEqual(['a', 'a', 'a', 'a']);
  });

  it('asks a peer at once that was heard of again', async () => {
    await ask('a', true);
    breaker.reset('a');
    expect(await ask('a')).toBe(true);
  });
});
