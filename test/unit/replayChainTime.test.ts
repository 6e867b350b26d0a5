import { describe, expect, it } from 'vitest';
import { ChainTime, MachineTime } from '../../src/cli/replay/chain/chainTime.ts';

const START = Date.UTC(2017, 0, 1);

/** Two machines, and what happens on them with the time on the clock. */
function stage() {
  const time = new ChainTime(START);
  const happened: string[] = [];
  const note = (what: string) => () => happened.push(`${what} at ${time.now() - START}`);
  return { time, one: new MachineTime(), other: new MachineTime(), happened, note };
}

describe('the time of a chain', () => {
  it('lets what is due happen in order, and those of one moment in the order in which they were set', async () => {
    const { time, one, happened, note } = stage();
    time.wake([one]);
    one.after(30, note('late'));
    one.after(10, note('first'));
    one.after(10, note('second'));
    one.after(60, note('never'));
    await time.pass(50);
    expect(happened).toEqual(['first at 10', 'second at 10', 'late at 30']);
    expect([time.now() - START, one.elapsed()]).toEqual([50, 50]);
  });

  it('forgets what was cancelled', async () => {
    const { time, one, happened, note } = stage();
    time.wake([one]);
    one.after(10, note('cancelled')).cancel();
    await time.pass(50);
    expect(happened).toEqual([]);
  });

  it('ends one thing with all that it sets off before it begins the next', async () => {
    const { time, one, happened, note } = stage();
    time.wake([one]);
    one.after(10, () => void Promise.resolve().then(note('follows')));
    one.after(10, note('next'));
    await time.pass(10);
    expect(happened).toEqual(['follows at 10', 'next at 10']);
  });

  it('skips without a timer that fires, and never goes back', async () => {
    const { time, one, happened, note } = stage();
    time.wake([one]);
    one.after(10, note('timer'));
    time.skipTo(START + 3_600_000);
    time.skipTo(START);
    expect([time.now() - START, one.elapsed(), happened]).toEqual([3_600_000, 0, []]);
    await time.pass(10);
    expect(happened).toEqual(['timer at 3600010']);
  });

  it('lets a machine sleep until it is woken, or a message has come for it', async () => {
    const { time, one, other, happened, note } = stage();
    time.wake([one]);
    other.after(10, note('slept'));
    time.lines.after(40, () => time.rouse(other));
    await time.pass(45);
    expect([other.elapsed(), happened]).toEqual([5, []]);
    await time.pass(5);
    expect(happened).toEqual(['slept at 50']);
  });

  it('lives until a promise settles, and no longer', async () => {
    const { time, one, happened, note } = stage();
    time.wake([one]);
    one.after(20, note('after'));
    const answer = new Promise<string>((resolve) => {
      one.after(10, () => resolve('answer'));
    });
    expect(await time.until(answer)).toBe('answer');
    expect([time.now() - START, happened]).toEqual([10, []]);
    await expect(time.until(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});
