import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import { isMovement, type LoggedEvent, type Movement } from '../../src/domain/events.ts';
import type { AsOf } from '../../src/queries/refusals.ts';
import type { Stock } from '../../src/queries/stock.ts';
import { everyPage } from '../support/everyPage.ts';
import { EMPTY_MODEL, type ModelCommand, type ModelState, step } from '../support/model.ts';
import { ENGINES, QueryStage, START } from '../support/queryStage.ts';

const SKUS = ['a', 'b'];
const SHOP = 'shop';

const sku = fc.constantFrom(...SKUS);
const id = fc.constantFrom('r1', 'r2', 'r3');
const quantity = fc.integer({ min: 1, max: 9 });
const lines = fc.array(fc.record({ sku, quantity }), { minLength: 1, maxLength: 3 });

const command: fc.Arbitrary<ModelCommand> = fc.oneof(
  fc.record({
    op: fc.constantFrom('receive' as const, 'sell' as const, 'count' as const),
    sku,
    quantity,
  }),
  fc.record({ op: fc.constant('reserve' as const), id, lines }),
  fc.record({ op: fc.constant('confirm' as const), id }),
  fc.record({ op: fc.constantFrom('cancel' as const, 'fulfil' as const), id }),
);

/** What the clock does before a command: mostly it stands still, so that many commits share one reading. */
const pause = fc.constantFrom(0, 0, 1, 250);
const history = fc.array(fc.tuple(pause, command), { maxLength: 25 });

function asked(command: ModelCommand): Command {
  const at = (line: { sku: string; quantity: number }) => ({ ...line, location: SHOP });
  switch (command.op) {
    case 'receive':
    case 'sell':
    case 'count':
      return { type: command.op, ...at(command) };
    case 'reserve':
      return {
        type: 'reserve',
        reservationId: command.id,
        lines: command.lines.map(at),
        ttlSeconds: 86_400,
        reference: null,
        metadata: null,
      };
    case 'confirm':
    case 'cancel':
    case 'fulfil':
      return { type: command.op, reservationId: command.id };
  }
}

type Shelves = { readonly [sku: string]: object };

/** The shelves of the model, without those that were never stocked. */
function shelvesOf({ shelves }: ModelState): Shelves {
  return shelves;
}

function shelvesSeen(stocks: readonly Stock[]): Shelves {
  return Object.fromEntries(
    stocks.map(({ sku, available, reserved, committed }) => [
      sku,
      { available, reserved, committed },
    ]),
  );
}

async function stocksAsOf({ queries, time }: QueryStage, asOf: AsOf): Promise<Stock[]> {
  const read = everyPage((paging) => queries.stocks({ asOf }, paging), 1);
  return await time.until(read);
}

async function wholeLog({ storage }: QueryStage): Promise<readonly LoggedEvent[]> {
  return (await storage.queries.events({ after: 0, limit: 10_000 })).events;
}

type Recounted = ReadonlyMap<string, Stock>;

/** Levels by counting what the movements up to a position moved, not by the balances that they carry. */
function recount(log: readonly LoggedEvent[], position: number): Recounted {
  const levels = new Map<string, Stock>();
  for (const event of log) {
    if (event.position > position || !isMovement(event)) continue;
    const before = levels.get(event.sku) ?? { ...EMPTY, sku: event.sku };
    levels.set(event.sku, recounted(before, event, event.time));
  }
  return levels;
}

const EMPTY = {
  location: SHOP,
  onHand: 0,
  available: 0,
  reserved: 0,
  committed: 0,
  unavailable: 0,
  version: 0,
  updatedAt: 0,
};

function recounted(stock: Stock, { from, to, quantity }: Movement, updatedAt: number): Stock {
  const moved = (account: string) =>
    (to === account ? quantity : 0) - (from === account ? quantity : 0);
  const accounts = ['available', 'reserved', 'committed', 'unavailable'] as const;
  const balances = accounts.map((account) => [account, stock[account] + moved(account)] as const);
  const onHand = balances.reduce((sum, [, units]) => sum + units, 0);
  const version = stock.version + 1;
  return { ...stock, ...Object.fromEntries(balances), onHand, version, updatedAt };
}

async function expectLevels(stage: QueryStage, asOf: AsOf, levels: Recounted): Promise<void> {
  const { queries, time } = stage;
  const stocked = SKUS.flatMap((sku) => levels.get(sku) ?? []);
  expect(await stocksAsOf(stage, asOf)).toEqual(stocked);
  for (const sku of SKUS) {
    const level = levels.get(sku);
    const notFound = { code: 'stock_not_found', sku, location: SHOP };
    expect(await time.until(queries.stock(sku, SHOP, asOf))).toEqual(
      level ? { ok: true, value: level } : { ok: false, refusal: notFound },
    );
  }
}

describe.each(ENGINES)('stock as of a moment of the past, on $name', (engine) => {
  async function onStage(work: (stage: QueryStage) => Promise<void>): Promise<void> {
    const stage = await QueryStage.open(engine);
    try {
      await stage.stocked(SKUS, [SHOP]);
      await work(stage);
    } finally {
      await stage.close();
    }
  }

  it('is that of the model after each command, asked at its position and at its time', async () => {
    await fc.assert(
      fc.asyncProperty(history, (commands) =>
        onStage(async (stage) => {
          let model = EMPTY_MODEL;
          const expected: { asOf: AsOf; shelves: Shelves }[] = [];
          for (const [pauseMs, each] of commands) {
            await stage.time.advance(pauseMs);
            await stage.submit(asked(each));
            [model] = step(model, each);
            const { position } = await stage.storage.queries.head();
            expected.push({ asOf: { position }, shelves: shelvesOf(model) });
            if (pauseMs === 250) {
              const time = await stage.ledger.now();
              const shelves = shelvesOf(model);
              expect(shelvesSeen(await stocksAsOf(stage, { time }))).toEqual(shelves);
              expected.push({ asOf: { time }, shelves });
            }
          }
          for (const { asOf, shelves } of expected) {
            expect(shelvesSeen(await stocksAsOf(stage, asOf))).toEqual(shelves);
          }
        }),
      ),
      { numRuns: 30 },
    );
  });

  it('is what the movements up to it add up to, at every position and every time', async () => {
    await fc.assert(
      fc.asyncProperty(history, (commands) =>
        onStage(async (stage) => {
          for (const [pauseMs, each] of commands) {
            await stage.time.advance(pauseMs);
            await stage.submit(asked(each));
          }
          const log = await wholeLog(stage);
          for (const { position, time } of log) {
            const last = log.findLast((event) => event.time <= time)?.position ?? 0;
            await expectLevels(stage, { position }, recount(log, position));
            await expectLevels(stage, { time }, recount(log, last));
          }
        }),
      ),
      { numRuns: 30 },
    );
  });

  it('is final: what comes later in the same millisecond does not change it', async () => {
    await onStage(async (stage) => {
      await stage.accept({ type: 'receive', sku: 'a', location: SHOP, quantity: 5 });
      const now = await stage.ledger.now();
      const read = () => stage.time.until(stage.queries.stock('a', SHOP, { time: now }));
      const first = await read();
      await stage.accept({ type: 'receive', sku: 'a', location: SHOP, quantity: 5 });
      expect(first).toMatchObject({ ok: true, value: { available: 5 } });
      expect(await read()).toEqual(first);
    });
  });

  it('before the first event is that nothing was stocked', async () => {
    await onStage(async (stage) => {
      await stage.accept({ type: 'receive', sku: 'a', location: SHOP, quantity: 5 });
      for (const asOf of [{ position: 0 }, { time: START - 1 }, { time: 0 }]) {
        expect(await stocksAsOf(stage, asOf)).toEqual([]);
        expect(await stage.queries.stock('a', SHOP, asOf)).toMatchObject({
          ok: false,
          refusal: { code: 'stock_not_found', sku: 'a', location: SHOP },
        });
      }
    });
  });

  it('is turned down for a time to come and a position not yet written', async () => {
    await onStage(async (stage) => {
      await stage.time.advance(5_000);
      const { position } = await stage.storage.queries.head();
      const tooFar = { position: position + 1 };
      expect(await stage.queries.stock('a', SHOP, tooFar)).toEqual({
        ok: false,
        refusal: { code: 'as_of_in_future', asOf: tooFar, latest: { position } },
      });
      const tooLate = { time: START + 5_001 };
      expect(await stage.queries.stocks({ asOf: tooLate }, {})).toEqual({
        ok: false,
        refusal: { code: 'as_of_in_future', asOf: tooLate, latest: { time: START + 5_000 } },
      });
    });
  });
});
