import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  BYTES_UNDER_WAY_MAX,
  LIVE_BYTES_MAX,
  PARTS_UNDER_WAY_MAX,
} from '../../src/nodes/nats/options.ts';
import { Outbox } from '../../src/nodes/nats/outbox.ts';
import { numberOf } from '../../src/nodes/nats/seal.ts';

/** An outbox whose stream takes what it is let take. */
function given() {
  const asked: number[] = [];
  const hurried: number[] = [];
  const open = new Map<number, PromiseWithResolvers<void>>();
  const ways = {
    store(bytes: Uint8Array) {
      const number = numberOf(bytes) ?? 0;
      asked.push(number);
      const stored = Promise.withResolvers<void>();
      open.set(number, stored);
      return stored.promise;
    },
    hurry: (bytes: Uint8Array) => void hurried.push(numberOf(bytes) ?? 0),
  };
  const outbox = new Outbox(ways, randomBytes(32));
  return { outbox, asked, hurried, open };
}

function push(outbox: Outbox, parts: number, bytes = 10): void {
  for (let i = 0; i < parts; i += 1) outbox.push(new Uint8Array(bytes));
}

describe('an outbox', () => {
  it('counts what is neither stored nor heard', async () => {
    const { outbox, open } = given();
    push(outbox, 3);
    expect([outbox.buffered, outbox.doneUpTo]).toEqual([30, 0]);
    open.get(2)?.resolve();
    await turn();
    expect([outbox.buffered, outbox.doneUpTo]).toEqual([20, 0]);
    open.get(1)?.resolve();
    await turn();
    expect([outbox.buffered, outbox.doneUpTo]).toEqual([10, 2]);
    const drained = outbox.drained();
    outbox.heard(3);
    await drained;
    expect([outbox.buffered, outbox.doneUpTo]).toEqual([0, 3]);
  });

  it('gives a part to the stream again until that has it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const { outbox, asked, open } = given();
    push(outbox, 1);
    for (let i = 0; i < 3; i += 1) {
      open.get(1)?.reject(new Error('no leader'));
      await turn();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(asked).toEqual([1, 1, 1, 1]);
    open.get(1)?.resolve();
    await outbox.drained();
    expect(outbox.buffered).toBe(0);
    vi.useRealTimers();
  });

  it('does not run ahead of a part that is missing', async () => {
    const { outbox, asked, open } = given();
    push(outbox, PARTS_UNDER_WAY_MAX + 2);
    expect(asked.at(-1)).toBe(PARTS_UNDER_WAY_MAX);
    for (let i = 2; i <= PARTS_UNDER_WAY_MAX; i += 1) open.get(i)?.resolve();
    await turn();
    expect(asked.at(-1)).toBe(PARTS_UNDER_WAY_MAX);
    open.get(1)?.resolve();
    await turn();
    expect(asked.at(-1)).toBe(PARTS_UNDER_WAY_MAX + 2);
  });

  it('has no more bytes on their way than a stream takes at once', () => {
    const { outbox, asked, hurried } = given();
    const bytes = BYTES_UNDER_WAY_MAX / 8;
    push(outbox, 20, bytes);
    expect(asked).toHaveLength(8);
    expect(outbox.buffered).toBe(20 * bytes);
    expect(hurried).toEqual([]);
  });

  it('sends short parts directly as well, once', async () => {
    const { outbox, hurried } = given();
    push(outbox, 2, LIVE_BYTES_MAX);
    push(outbox, 1, LIVE_BYTES_MAX + 1);
    await turn();
    expect(hurried).toEqual([1, 2]);
  });

  it('keeps nothing when it is stopped', async () => {
    const { outbox, asked, open } = given();
    push(outbox, 1);
    const drained = outbox.drained();
    outbox.stop();
    await drained;
    open.get(1)?.reject(new Error('gone'));
    await turn();
    push(outbox, 1);
    expect([outbox.buffered, asked]).toEqual([0, [1]]);
  });
});
