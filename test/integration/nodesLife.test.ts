import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyStep, Chain, LOCATIONS, mirrorsFold, picturesAgree } from '../support/nodes/chain.ts';

describe('a hub and two shops, whatever befalls them', () => {
  test('promise no unit twice, and lose none: when all is healed the books show what is on the shelves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 30, maxLength: 80, size: 'max' }),
        async (all) => {
          const chain = await Chain.open();
          const { stage } = chain;
          for (const one of all) {
            await chain.take(one);
            await chain.nothingIsPromisedTwice();
          }
          await chain.heal();
          for (const location of LOCATIONS) {
            expect(await chain.owned(location)).toBe(chain.shelves[location]);
          }
          await picturesAgree(stage);
          await mirrorsFold(stage);
          expect(stage.defects).toEqual([]);
          expect(await stage.findings()).toEqual([]);
          await stage.close();
        },
      ),
      { numRuns: 30, endOnFailure: false },
    );
  }, 300_000);
});

/** What needs no luck: the line is whole, and nobody is killed. */
const calmSteps = fc.array(
  anyStep.filter(({ does }) => !['cut', 'foul', 'crash', 'crashHub', 'heal'].includes(does)),
  { minLength: 5, maxLength: 30, size: 'max' },
);

describe('a node that is put back to a backup', () => {
  test.each(['hub', ...LOCATIONS] as const)(
    'the node of %s gets back all that its peers have heard of it',
    async (who) => {
      await fc.assert(
        fc.asyncProperty(calmSteps, calmSteps, calmSteps, async (before, lost, since) => {
          const chain = await Chain.open();
          const { stage } = chain;
          await chain.takeAll(before);
          const node = chain.node(who);
          const backup = node.backup();
          await chain.takeAll(lost);
          await stage.pass(3_000);
          await node.restore(backup);
          await chain.takeAll(since);
          await chain.reconcile();
          await picturesAgree(stage);
          expect(stage.defects).toEqual([]);
          expect(await stage.findings()).toEqual([]);
          for (const location of LOCATIONS) {
            expect(await chain.owned(location, 'perhaps short')).toBe(chain.shelves[location]);
          }
          await mirrorsFold(stage);
          await stage.close();
        }),
        { numRuns: 15 },
      );
    },
    300_000,
  );

  test('and another one, in any weather: the logs become one again', async () => {
    const steps = fc.array(anyStep, { minLength: 5, maxLength: 40, size: 'max' });
    const anyNode = fc.constantFrom('hub', ...LOCATIONS);
    await fc.assert(
      fc.asyncProperty(steps, steps, anyNode, anyNode, async (before, since, one, other) => {
        const chain = await Chain.open();
        const { stage } = chain;
        const nodes = [chain.node(one), chain.node(other)];
        await chain.takeAll(before);
        const backups = nodes.map((node) => ({ node, backup: node.backup() }));
        for (const { node, backup } of backups) {
          await chain.takeAll(since);
          await node.restore(backup);
        }
        // Each of the two may be found out by itself.
        await chain.reconcile();
        await chain.reconcile();
        await picturesAgree(stage);
        await mirrorsFold(stage);
        expect(stage.defects).toEqual([]);
        expect(await stage.findings()).toEqual([]);
        await stage.close();
      }),
      { numRuns: 15 },
    );
  }, 300_000);
});
