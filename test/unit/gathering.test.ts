import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at, reserve, TestLedger } from '../support/testLedger.ts';
import { VirtualTime } from '../support/virtualTime.ts';

/** Time in which a look at what has arrived happens when the test says so. */
class SteppedTime extends VirtualTime {
  readonly #looks: (() => void)[] = [];
  stepping = false;

  override soon(action: () => void): void {
    if (this.stepping) this.#looks.push(action);
    else super.soon(action);
  }

  get looksDue(): number {
    return this.#looks.length;
  }

  look(): void {
    this.#looks.shift()?.();
  }
}

describe('a commit gathers what arrives', () => {
  let time: SteppedTime;
  let test: TestLedger;
  let answers: Promise<string>[];

  beforeEach(async () => {
    time = new SteppedTime();
    test = new TestLedger({ time, settings: { commitLinesMax: 5 } });
    await test.stock(100, 'tea');
    test.figures.commits.length = 0;
    answers = [];
    time.stepping = true;
  });

  afterEach(async () => {
    time.stepping = false;
    while (time.looksDue > 0) time.look();
    await Promise.all(answers);
    await test.close();
  });

  const arrive = (count = 1): void => {
    for (let i = 0; i < count; i++) answers.push(test.ask(reserve(test.newId(), [at('tea', 1)])));
  };

  const committed = async (): Promise<number[]> => {
    await Promise.all(answers);
    return test.figures.commits.map(({ commands }) => commands);
  };

  it('at once, when one look brings nothing more', async () => {
    arrive();
    time.look();
    expect(time.looksDue).toBe(0);
    expect(await committed()).toEqual([1]);
  });

  it('as long as each look brings more', async () => {
    arrive();
    arrive();
    time.look();
    arrive();
    time.look();
    time.look();
    expect(time.looksDue).toBe(0);
    expect(await committed()).toEqual([3]);
  });

  it('but not beyond its bound', async () => {
    arrive();
    arrive(4);
    time.look();
    expect(time.looksDue).toBe(0);
    expect(await committed()).toEqual([5]);
  });

  it('and not for longer than 10 ms', async () => {
    arrive();
    arrive();
    time.look();
    await time.advance(10);
    arrive();
    time.look();
    expect(time.looksDue).toBe(0);
    expect(await committed()).toEqual([3]);
  });
});
