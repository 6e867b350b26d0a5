import { describe, expect, test } from 'vitest';
import type { Item, Work } from '../../src/ledger/ledger.ts';
import { type Pending, WaitingWorks } from '../../src/ledger/waitingWorks.ts';
import { findsRoom, isCarried, linesOf } from '../../src/ledger/weight.ts';

const LINES_MAX = 100;

function workOf(command: Item['command']): Work {
  return { actor: 'ann', requestId: 'q', items: [{ command }] };
}

function reserve(lines: number): Work {
  const line = { sku: 'tea', location: 'S', quantity: 1 };
  return workOf({
    type: 'reserve',
    reservationId: 'r',
    lines: Array.from({ length: lines }, () => line),
    ttlSeconds: 1,
    reference: null,
    metadata: null,
  });
}

const LEVEL = { sku: 'tea', location: 'S' };
const CURSOR = { peer: 's1', session: 1, after: 0, through: 9 };

function shareOut(levels: number): Work {
  const named = Array.from({ length: levels }, () => LEVEL);
  return workOf({ type: 'shareOut', ...CURSOR, levels: named, reservations: [] });
}

const removal = workOf({ type: 'deleteProduct', sku: 'tea' });
const update = workOf({ type: 'updateLink', peer: 's1', session: 1, change: {} });
const ask = workOf({ type: 'ask', request: 'r', wants: [{ peer: 's1', ...LEVEL, units: 1 }] });

function pending(work: Work): Pending {
  const nobody = () => undefined;
  const lines = linesOf(work);
  return { work, lines, since: 0, parkedAt: null, resolve: nobody, reject: nobody };
}

function waiting(...works: readonly Work[]): WaitingWorks {
  const all = new WaitingWorks();
  for (const work of works) all.add(pending(work));
  return all;
}

function take(works: WaitingWorks): Work[] {
  return works.take(LINES_MAX).map(({ work }) => work);
}

describe('what links carry', () => {
  test('weighs what it touches', () => {
    expect(linesOf(shareOut(30))).toBe(30);
    expect(linesOf(shareOut(0))).toBe(1);
    const levels = Array.from({ length: 200 }, () => LEVEL);
    expect(linesOf(workOf({ type: 'balance', peer: 'hub', session: 1, levels }))).toBe(200);
    expect(linesOf(ask)).toBe(1);
    expect(linesOf(update)).toBe(1);
  });

  test('takes a quarter of a commit while others wait', () => {
    const one = reserve(60);
    const other = reserve(30);
    const first = shareOut(25);
    const works = waiting(first, shareOut(25), one, other);
    expect(take(works)).toEqual([one, first]);
  });

  test('takes all that nobody else needs', () => {
    const all = [shareOut(40), shareOut(40)];
    const buyer = reserve(5);
    expect(take(waiting(...all, buyer))).toEqual([buyer, ...all]);
  });

  test('gets on though it is larger than its part, and in order', () => {
    const large = shareOut(90);
    const works = waiting(large, shareOut(1), reserve(70), reserve(70));
    expect(take(works)).toContain(large);
    expect(works.length).toBe(2);
  });

  test('does not come with a removal', () => {
    const works = waiting(shareOut(1), removal);
    expect(take(works)).toEqual([removal]);
    expect(take(works)).toHaveLength(1);
  });

  test('is ahead of a buyer only as far as it comes beside what was asked', () => {
    const backlog = Array.from({ length: 100 }, () => shareOut(90));
    expect(waiting(...backlog).linesAhead(LINES_MAX)).toBe(25);
    expect(waiting(...backlog, reserve(75)).linesAhead(LINES_MAX)).toBe(125);
    expect(waiting(shareOut(3), reserve(75)).linesAhead(LINES_MAX)).toBe(78);
  });

  test('is put back in front of its own', () => {
    const works = waiting(shareOut(1), reserve(1), shareOut(2));
    const taken = works.take(LINES_MAX);
    works.add(pending(shareOut(3)));
    works.putBack(taken);
    expect(take(works).map(linesOf)).toEqual([1, 1, 2, 3]);
  });
});

test('links begin and end when buyers find no room', () => {
  expect([update, shareOut(1), ask, reserve(1)].map(findsRoom)).toEqual([true, true, false, false]);
  expect([update, shareOut(1), ask, reserve(1)].map(isCarried)).toEqual([
    false,
    true,
    false,
    false,
  ]);
});
