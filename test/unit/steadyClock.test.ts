import { describe, expect, it } from 'vitest';
import { createIds } from '../../src/ledger/ids.ts';
import { steadyClock } from '../../src/ledger/steadyClock.ts';
import { seededRandom, VirtualTime } from '../support/virtualTime.ts';

const MINUTE_MS = 60_000;
const YEAR_2099 = Date.UTC(2099, 0, 1);

describe('the steady clock', () => {
  function started() {
    const time = new VirtualTime();
    const jumps: number[] = [];
    const clock = steadyClock(time, time, (aheadMs) => jumps.push(aheadMs));
    return { time, clock, jumps, start: time.now() };
  }

  it('follows the clock while that is right, small corrections included', async () => {
    const { time, clock, jumps, start } = started();
    await time.advance(MINUTE_MS);
    expect(clock.now()).toBe(start + MINUTE_MS);
    time.setClock(start + MINUTE_MS + 3_000);
    expect(clock.now()).toBe(start + MINUTE_MS + 3_000);
    expect(jumps).toEqual([]);
  });

  it('is two minutes on at most when the clock was in 2099 for a minute', async () => {
    const { time, clock, jumps, start } = started();
    time.setClock(YEAR_2099);
    for (let second = 0; second < 60; second++) {
      clock.now();
      await time.advance(1_000);
    }
    expect(clock.now()).toBeLessThanOrEqual(start + 2 * MINUTE_MS);
    expect(jumps).toHaveLength(1);
    const ahead = clock.now() - start;
    time.setClock(start + MINUTE_MS);
    await time.advance(2 * MINUTE_MS);
    expect(ahead).toBeGreaterThan(MINUTE_MS);
    expect(clock.now()).toBe(start + 3 * MINUTE_MS);
  });

  it('catches up with a jump that was right, at twice the speed of time', async () => {
    const { time, clock, start } = started();
    time.setClock(start + 10 * MINUTE_MS);
    clock.now();
    await time.advance(10 * MINUTE_MS);
    expect(clock.now()).toBe(start + 20 * MINUTE_MS);
  });

  it('goes on at half the speed while it waits for a clock that was set back', async () => {
    const { time, clock, start } = started();
    time.setClock(start - MINUTE_MS);
    expect(clock.now()).toBe(start);
    await time.advance(MINUTE_MS);
    expect(clock.now()).toBe(start + MINUTE_MS / 2);
    await time.advance(MINUTE_MS);
    expect(clock.now()).toBe(start + MINUTE_MS);
    await time.advance(MINUTE_MS);
    expect(clock.now()).toBe(start + 2 * MINUTE_MS);
  });

  it('goes on from a log that is ahead of the clock', async () => {
    const { time, clock, start } = started();
    clock.startFrom(start + MINUTE_MS);
    await time.advance(1_000);
    expect(clock.now()).toBe(start + MINUTE_MS + 500);
  });

  it('never goes back, whatever the clock does', async () => {
    const { time, clock, start } = started();
    const read: number[] = [];
    for (const offset of [5_000, -90_000, 7_000_000, 1_000, -1, 60_000, -60_000]) {
      time.setClock(start + offset);
      read.push(clock.now());
      await time.advance(777);
      read.push(clock.now());
    }
    expect(read).toEqual(read.toSorted((one, other) => one - other));
  });
});

describe('reservation ids', () => {
  it('are UUIDv7s that sort by the order in which they were made, whatever the clock does', async () => {
    const time = new VirtualTime();
    const newId = createIds(time, seededRandom(7));
    const made: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      if (i % 5_000 === 1) time.setClock(time.now() + (i % 10_000 === 1 ? -500 : 2));
      made.push(newId());
    }
    expect(made).toEqual([...new Set(made)].sort());
    const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(made.filter((id) => !uuidv7.test(id))).toEqual([]);
  });
});
