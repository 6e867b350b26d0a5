import { describe, expect, it } from 'vitest';
import { faultsOf, renderResults } from '../../src/cli/replay/chain/report.ts';
import type { ChainResult } from '../../src/cli/replay/chain/run.ts';
import { ChainTally } from '../../src/cli/replay/chain/tally.ts';

/** 10 units came in; 4 were sold in a store and 2 online, which were picked up. */
function soundResult(): ChainResult {
  const tally = new ChainTally();
  Object.assign(tally.delivered, { lines: 2, units: 10 });
  Object.assign(tally.sold.store, { lines: 2, units: 4 });
  Object.assign(tally.sold.online, { lines: 1, units: 2 });
  Object.assign(tally.pickedUp, { lines: 1, units: 2 });
  const audit = {
    books: 3,
    events: 40,
    findings: 0,
    cameIn: 10,
    handedOver: 6,
    onHand: 4,
    inTransit: 0,
    left: { hub: 1, shops: 3 },
    wrongLevels: 0,
  };
  const traffic = { messages: 30, bytes: 4_096 };
  return { policy: 'shop', tally, traffic, audit, seconds: 1 };
}

describe('a result of a chain', () => {
  it('is sound when every unit is where it must be', () => {
    expect(faultsOf(soundResult())).toEqual([]);
    const said =
      'shop: the books of all nodes agree: 10 units came in, 6 were handed over, 4 are left';
    expect(renderResults([soundResult()])).toContain(said);
  });

  it('is not when one of the books says otherwise', () => {
    const { audit } = soundResult();
    const wrong: readonly (readonly [Partial<typeof audit>, string])[] = [
      [{ cameIn: 11, onHand: 5 }, 'units that came in: 11, not 10'],
      [{ handedOver: 7, onHand: 3 }, 'units that were handed over: 7, not 6'],
      [{ onHand: 5 }, 'units on hand: 5, not 4'],
      [{ inTransit: 1 }, 'units between two nodes: 1, not 0'],
      [{ findings: 2 }, 'differences that verify finds: 2, not 0'],
      [{ wrongLevels: 3 }, 'levels with other units than the shelves: 3, not 0'],
    ];
    for (const [change, fault] of wrong) {
      const result = { ...soundResult(), audit: { ...audit, ...change } };
      expect(faultsOf(result)).toEqual([fault]);
      expect(renderResults([result])).toContain(`shop: ${fault}`);
    }
  });

  it('is not when an order was never picked up, or something happened that must not', () => {
    const result = soundResult();
    result.tally.sold.online.units = 3;
    result.tally.noteFault(new TypeError('broken'));
    result.tally.noteFault(new TypeError('broken'));
    expect(faultsOf(result)).toEqual([
      'units of online orders that were picked up: 2, not 3',
      '2 times: TypeError: broken',
    ]);
  });
});
