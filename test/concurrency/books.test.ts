import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyTables } from '../../simulator/memoryStorage/tables.ts';
import type { Answer, Work } from '../../src/ledger/ledger.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { anySteps, PLACES, SKUS, type Step, WorkMaker } from '../support/anyWork.ts';
import { TestLedger } from '../support/testLedger.ts';
import { settle } from '../support/virtualTime.ts';

async function stocked(): Promise<TestLedger> {
  const test = new TestLedger();
  await test.stock(6, ...SKUS);
  for (const location of PLACES) {
    const content = { name: location, kind: 'store', attributes: null } as const;
    await test.ask({ type: 'putLocation', location, content });
  }
  for (const sku of SKUS) {
    await test.ask({ type: 'receive', sku, location: 'south', quantity: 6 });
  }
  return test;
}

/** Plays the steps; works that no time lies between come at once. @returns works with what they were answered */
async function play(test: TestLedger, steps: readonly Step[]): Promise<[Work, Answer][]> {
  const maker = new WorkMaker();
  const asked: Promise<[Work, Answer]>[] = [];
  for (const step of steps) {
    if ('passMs' in step) await test.time.advance(step.passMs);
    else if ('stepClockMs' in step) test.time.setClock(test.time.now() + step.stepClockMs);
    else {
      const work = maker.make(step);
      asked.push(test.ledger.submit(work).then((answer) => [work, answer]));
    }
  }
  await settle();
  return Promise.all(asked);
}

/** What a movement was answered is what the log says; times are those of a commit. */
function expectAsLogged(test: TestLedger, answer: Answer): void {
  if (answer.kind !== 'done') return;
  for (const { outcome } of answer.items) {
    if (outcome.kind === 'movement') {
      expect(test.tables.events[outcome.event.position - 1]).toEqual(outcome.event);
    }
    if (outcome.kind === 'reservation') {
      const { id, createdAt, updatedAt } = outcome.reservation;
      const times = test.tables.events
        .filter(({ reservationId }) => reservationId === id)
        .map(({ time }) => time);
      expect(createdAt).toBe(times[0]);
      expect(times).toContain(updatedAt);
    }
  }
}

function outcomesOf(answer: Answer): unknown {
  if (answer.kind !== 'done') return { ...answer, replayed: undefined };
  return answer.items.map(({ outcome }) =>
    // Who was erased in between is answered without reference and metadata.
    outcome.kind === 'reservation'
      ? { ...outcome, reservation: { ...outcome.reservation, reference: null, metadata: null } }
      : outcome,
  );
}

describe('after any history of any commands', () => {
  it('answers agree with the log, repeats with answers, and the rows with what the log makes of them', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const test = await stocked();
        for (const [work, answer] of await play(test, steps)) {
          expectAsLogged(test, answer);
          if (work.key === undefined || answer.kind === 'keyReused') continue;
          expect(outcomesOf(await test.ledger.submit(work))).toEqual(outcomesOf(answer));
        }
        expect((await verifyBooks(test.storage.books)).findings).toEqual([]);
        const live = copyTables(test.tables);
        await rebuildBooks(test.storage.books);
        expect(test.tables).toEqual(live);
        expect(test.figures.failures).toEqual([]);
        await test.close();
      }),
      { numRuns: 1_000 },
    );
  });
});
