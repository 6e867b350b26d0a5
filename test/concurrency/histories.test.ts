import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { linearization, type Observation } from '../support/linearizable.ts';
import { EMPTY_MODEL, type ModelCommand, type ModelState, step } from '../support/model.ts';
import { asCommand, modelCommand } from '../support/modelCommands.ts';
import { TestLedger } from '../support/testLedger.ts';

const SKUS = ['apple', 'pear'];

async function stocked(onStep?: () => Promise<void>): Promise<TestLedger> {
  const test = new TestLedger(onStep ? { onStep } : {});
  await test.stock(1, ...SKUS);
  return test;
}

/** The model after `stocked`. */
const STOCKED = SKUS.reduce<ModelState>(
  (state, sku) => step(state, { op: 'receive', sku, quantity: 1 })[0],
  EMPTY_MODEL,
);

async function shelves(test: TestLedger): Promise<ModelState['shelves']> {
  const entries = await Promise.all(
    SKUS.map(async (sku) => {
      const { available = 0, reserved = 0, committed = 0 } = (await test.level(sku)) ?? {};
      return [sku, { available, reserved, committed }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

function ask(test: TestLedger, command: ModelCommand, n: number): Promise<string> {
  return test.ask(asCommand(command, 'north', (id) => id, `order ${n}`));
}

describe('the ledger and the sequential model agree', () => {
  it('one command after another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(modelCommand, { maxLength: 40 }), async (commands) => {
        const test = await stocked();
        let model = STOCKED;
        for (const [n, command] of commands.entries()) {
          const [after, expected] = step(model, command);
          model = after;
          expect(await ask(test, command, n)).toBe(expected);
          expect(await shelves(test)).toEqual(model.shelves);
        }
        expect((await verifyBooks(test.storage.books)).findings).toEqual([]);
        await test.close();
      }),
      { numRuns: 150 },
    );
  });

  it('on every interleaving of concurrent clients, commits held up at any step', async () => {
    const clients = fc.array(fc.array(modelCommand, { minLength: 1, maxLength: 4 }), {
      minLength: 2,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(clients, fc.scheduler(), async (scripts, scheduler) => {
        let held = false;
        const test = await stocked(() =>
          held ? scheduler.schedule(Promise.resolve()) : Promise.resolve(),
        );
        held = true;
        const history: Observation[] = [];
        let moment = 0;
        const runs = scripts.map(async (script, client) => {
          for (const [n, command] of script.entries()) {
            await scheduler.schedule(Promise.resolve(), `client ${client}`);
            moment += 1;
            const sentAt = moment;
            const result = await ask(test, command, client * 10 + n);
            moment += 1;
            history.push({ command, sentAt, answeredAt: moment, result });
          }
        });
        await scheduler.waitFor(Promise.all(runs));
        held = false;
        const end = await shelves(test);
        const order = linearization(
          history,
          (model) => JSON.stringify(model.shelves) === JSON.stringify(end),
          STOCKED,
        );
        expect(order, JSON.stringify({ history, end }, null, 1)).not.toBeNull();
        await test.close();
      }),
      { numRuns: 200 },
    );
  });
});
