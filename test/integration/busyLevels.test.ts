import { describe, expect, it } from 'vitest';
import { levelKey } from '../../src/domain/stock.ts';
import { LevelsBusyError, StoreUnavailableError } from '../../src/ledger/errors.ts';
import type { Needs } from '../../src/ledger/store.ts';
import { at, reserve, TestLedger } from '../support/testLedger.ts';
import { settle } from '../support/virtualTime.ts';

const APPLE = levelKey('apple', 'north');

/** A ledger in whose store another server can hold the level of the apples. */
class Stage {
  readonly test = new TestLedger();
  readonly refused: Needs[] = [];
  #isHeld = false;

  static async open(): Promise<Stage> {
    const stage = new Stage();
    await stage.test.stock(10, 'apple', 'pear');
    await stage.test.ask(reserve('mine', [at('apple', 1)]));
    const { ledger } = stage.test.storage;
    const commit = ledger.commit.bind(ledger);
    ledger.commit = async (needs, decide) => {
      const touched = needs.levels.has(APPLE) || needs.reservations.has('mine');
      if (!stage.#isHeld || !touched) return commit(needs, decide);
      stage.refused.push(needs);
      throw new LevelsBusyError({
        levels: new Set([APPLE]),
        reservations: new Set(['mine']),
        transfers: new Set(),
      });
    };
    return stage;
  }

  hold(): void {
    this.#isHeld = true;
  }

  letGo(): void {
    this.#isHeld = false;
  }

  buy(sku: string): Promise<string> {
    return this.test.ask(reserve(this.test.newId(), [at(sku, 1)]));
  }
}

describe('a level that another server holds', () => {
  it('keeps only those waiting who need it', async () => {
    const stage = await Stage.open();
    stage.hold();
    const apple = stage.buy('apple');
    const confirmed = stage.test.ask({ type: 'confirm', reservationId: 'mine' });
    expect(await stage.buy('pear')).toBe('held');
    stage.letGo();
    await stage.test.time.advance(100);
    expect(await Promise.all([apple, confirmed])).toEqual(['held', 'confirmed']);
    await stage.test.close();
  });

  it('is asked for again and again, but not all the time', async () => {
    const stage = await Stage.open();
    stage.hold();
    const apple = stage.buy('apple');
    await stage.test.time.advance(1_000);
    expect(stage.refused.length).toBeGreaterThan(10);
    expect(stage.refused.length).toBeLessThan(30);
    stage.letGo();
    await stage.test.time.advance(100);
    expect(await apple).toBe('held');
    await stage.test.close();
  });

  it('is given up after some seconds, and nothing was done', async () => {
    const stage = await Stage.open();
    stage.hold();
    const apple = expect(stage.buy('apple')).rejects.toThrow(StoreUnavailableError);
    await stage.test.time.advance(5_000);
    await apple;
    stage.letGo();
    expect(await stage.test.level('apple')).toMatchObject({ available: 9, reserved: 1 });
    await stage.test.close();
  });

  it('is waited for by a ledger that closes', async () => {
    const stage = await Stage.open();
    stage.hold();
    const apple = stage.buy('apple');
    await settle();
    const closed = stage.test.ledger.close();
    stage.letGo();
    await stage.test.time.advance(100);
    expect(await apple).toBe('held');
    await closed;
  });
});
