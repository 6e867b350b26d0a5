import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import { levelKey } from '../../src/domain/stock.ts';
import {
  AnswerTooLargeError,
  DrainingError,
  OutcomeUnknownError,
  OverloadedError,
  StoreConflictError,
  StoreRejectedError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import { AbandonedError, type Answer } from '../../src/ledger/ledger.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { at, reserve, TestLedger } from '../support/testLedger.ts';
import { settle } from '../support/virtualTime.ts';

function count(answers: readonly string[], answer: string): number {
  return answers.filter((other) => other === answer).length;
}

async function expectCleanBooks({ storage }: TestLedger): Promise<void> {
  const report = await verifyBooks(storage.books);
  expect(report.findings).toEqual([]);
}

describe('N buyers for S units at once', () => {
  it.each([
    [1000, 10],
    [1000, 500],
    [10, 1000],
  ])('%i buyers for %i units: exactly min(N, S) hold them', async (buyers, units) => {
    const test = new TestLedger();
    await test.stock(units, 'apple');
    const asked = Array.from({ length: buyers }, () =>
      test.ask(reserve(test.newId(), [at('apple', 1)])),
    );
    const answers = await Promise.all(asked);
    const sold = Math.min(buyers, units);
    expect(count(answers, 'held')).toBe(sold);
    expect(count(answers, 'insufficient_stock')).toBe(buyers - sold);
    expect(await test.level('apple')).toMatchObject({ available: units - sold, reserved: sold });
    await expectCleanBooks(test);
    await test.close();
  });

  it('takes what waits into few commits', async () => {
    const test = new TestLedger();
    await test.stock(1000, 'apple');
    const before = test.figures.commits.length;
    await Promise.all(
      Array.from({ length: 1000 }, () => test.ask(reserve(test.newId(), [at('apple', 1)]))),
    );
    expect(test.figures.commits.length - before).toBeLessThanOrEqual(2);
    await test.close();
  });

  it('counts the demand that was turned away', async () => {
    const test = new TestLedger();
    await test.stock(1, 'apple');
    for (const quantity of [1, 2, 3])
      await test.ask(reserve(test.newId(), [at('apple', quantity)]));
    const [row] = await test.storage.queries.demand({ limit: 10 });
    expect(row).toMatchObject({ sku: 'apple', location: 'north', requests: 2, units: 5 });
    await test.close();
  });
});

describe('commands that race for one reservation', () => {
  async function race(commands: readonly Command[]): Promise<[TestLedger, string[]]> {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    await test.ask(reserve('r', [at('apple', 5)]));
    const answers = await Promise.all(commands.map((command) => test.ask(command)));
    await expectCleanBooks(test);
    return [test, answers];
  }
  const confirm: Command = { type: 'confirm', reservationId: 'r' };
  const cancel: Command = { type: 'cancel', reservationId: 'r' };

  it('cancelled forty times at once, it gives back once', async () => {
    const [test, answers] = await race(Array.from({ length: 40 }, () => cancel));
    expect(count(answers, 'cancelled')).toBe(40);
    expect(await test.level('apple')).toMatchObject({ available: 5, reserved: 0, committed: 0 });
    await test.close();
  });

  it('confirmed forty times at once, it is sold once', async () => {
    const [test, answers] = await race(Array.from({ length: 40 }, () => confirm));
    expect(count(answers, 'confirmed')).toBe(40);
    expect(await test.level('apple')).toMatchObject({ available: 0, reserved: 0, committed: 5 });
    await test.close();
  });

  it('cancelled before it is confirmed, the confirm is refused', async () => {
    const [test, answers] = await race([cancel, confirm, cancel, confirm]);
    expect(answers).toEqual([
      'cancelled',
      'reservation_cancelled',
      'cancelled',
      'reservation_cancelled',
    ]);
    await test.close();
  });
});

describe('time', () => {
  it('gives a hold back within a second of its end', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    await test.ask(reserve('r', [at('apple', 5)], 60));
    await test.time.advance(60_000 - 1);
    expect(await test.level('apple')).toMatchObject({ available: 0, reserved: 5 });
    await test.time.advance(1_000);
    expect(await test.level('apple')).toMatchObject({ available: 5, reserved: 0 });
    expect((await test.storage.queries.reservation('r'))?.status).toBe('expired');
    await test.close();
  });

  it('gives back the other holds when one cannot be given back', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple', 'pear');
    await test.ask(reserve('bad', [at('pear', 1)], 1));
    for (const id of ['a', 'b']) await test.ask(reserve(id, [at('apple', 1)], 2));
    const damaged = test.tables.levels.get(levelKey('pear', 'north'));
    if (damaged) test.tables.levels.set(levelKey('pear', 'north'), { ...damaged, reserved: 0 });
    for (let round = 0; round < 12; round++) await test.time.advance(250);
    expect(await test.level('apple')).toMatchObject({ available: 5, reserved: 0 });
    expect(test.tables.reservations.get('bad')?.status).toBe('held');
    expect(test.figures.failures).not.toEqual([]);
    await test.close();
  });

  it('gives back holds that came due while the server was down', async () => {
    const first = new TestLedger();
    await first.stock(5, 'apple');
    await first.ask(reserve('r', [at('apple', 5)], 60));
    first.storage.crash();
    first.time.setClock(first.time.now() + 3_600_000);
    const second = new TestLedger({ tables: first.tables, time: first.time });
    await second.time.advance(1_000);
    expect(await second.level('apple')).toMatchObject({ available: 5, reserved: 0 });
    await second.close();
  });

  it('expires due holds before it refuses for want of their stock, swept or not', async () => {
    const test = new TestLedger({ settings: { sweepIntervalMs: 1e9 } });
    await test.stock(5, 'apple');
    await test.ask(reserve('r', [at('apple', 5)], 60));
    expect(await test.ask(reserve('s', [at('apple', 1)]))).toBe('insufficient_stock');
    test.time.setClock(test.time.now() + 60_000);
    expect(await test.ask(reserve('s', [at('apple', 1)]))).toBe('held');
    expect((await test.storage.queries.reservation('r'))?.status).toBe('expired');
    await expectCleanBooks(test);
    await test.close();
  });

  it('expires them also for what a count took away in the same commit', async () => {
    const test = new TestLedger({ settings: { sweepIntervalMs: 1e9 } });
    await test.stock(10, 'apple');
    await test.ask(reserve('r', [at('apple', 5)], 60));
    test.time.setClock(test.time.now() + 60_000);
    const counted = test.ask({ type: 'count', sku: 'apple', location: 'north', quantity: 6 });
    expect(await Promise.all([counted, test.ask(reserve('s', [at('apple', 5)]))])).toEqual([
      'ok',
      'held',
    ]);
    await test.close();
  });

  it('expires them before a count is refused, or recorded as a shortfall, for what they held', async () => {
    const test = new TestLedger({ settings: { sweepIntervalMs: 1e9 } });
    await test.stock(5, 'apple', 'pear');
    await test.ask(reserve('r', [at('apple', 5), at('pear', 5)], 60));
    const count = { type: 'count', location: 'north', quantity: 2 } as const;
    expect(await test.ask({ ...count, sku: 'apple' })).toBe('count_below_promised');
    test.time.setClock(test.time.now() + 60_000);
    expect(await test.ask({ ...count, sku: 'apple' })).toBe('ok');
    expect(await test.ask({ ...count, sku: 'pear', allowShortfall: true })).toBe('ok');
    expect(test.tables.events.some(({ details }) => details?.shortfall !== undefined)).toBe(false);
    await expectCleanBooks(test);
    await test.close();
  });

  it.each<[Command['type'], string]>([
    ['confirm', 'reservation_expired'],
    ['cancel', 'reservation_expired'],
    ['fulfil', 'reservation_expired'],
  ])('refuses to %s a hold from its end on, swept or not', async (type, refusal) => {
    const test = new TestLedger({ settings: { sweepIntervalMs: 1e9 } });
    await test.stock(5, 'apple');
    await test.ask(reserve('r', [at('apple', 5)], 60));
    test.time.setClock(test.time.now() + 60_000);
    expect(await test.ask({ type, reservationId: 'r' } as Command)).toBe(refusal);
    await test.close();
  });

  it('never runs backward in the log, whatever the clock does', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const start = test.time.now();
    for (const offset of [5_000, -90_000, 1_000, -1, 60_000]) {
      test.time.setClock(start + offset);
      await test.ask(reserve(test.newId(), [at('apple', 1)]));
    }
    const { events } = await test.storage.queries.events({ after: 0, limit: 100 });
    const times = events.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    await test.close();
  });
});

describe('idempotency', () => {
  const key = { key: 'k', fingerprint: 'f' };
  const other = { key: 'k', fingerprint: 'g' };

  it('answers the same again, also to many at once, and does it once', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        test.submit([{ command: reserve(test.newId(), [at('apple', 1)]) }], { key }),
      ),
    );
    expect(answers.filter((answer) => answer.kind === 'done' && answer.replayed)).toHaveLength(19);
    const ids = answers.map((answer) =>
      answer.kind === 'done' && answer.items[0]?.outcome.kind === 'reservation'
        ? answer.items[0].outcome.reservation.id
        : null,
    );
    expect(new Set(ids).size).toBe(1);
    expect(await test.level('apple')).toMatchObject({ available: 4, reserved: 1 });
    await test.close();
  });

  it('keeps refusals too', async () => {
    const test = new TestLedger();
    await test.stock(1, 'apple');
    expect(await test.ask(reserve('a', [at('apple', 2)]), { key })).toBe('insufficient_stock');
    await test.ask({ type: 'receive', sku: 'apple', location: 'north', quantity: 9 });
    expect(await test.ask(reserve('a', [at('apple', 2)]), { key })).toBe('insufficient_stock');
    await test.close();
  });

  it('is per actor, and other content under the same key is turned down', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    expect(await test.ask(reserve('a', [at('apple', 1)]), { key })).toBe('held');
    expect(await test.ask(reserve('b', [at('apple', 1)]), { key: other })).toBe(
      'idempotency_key_reused',
    );
    expect(await test.ask(reserve('b', [at('apple', 1)]), { key: other, actor: 'bob' })).toBe(
      'held',
    );
    await test.close();
  });

  it('survives a crash', async () => {
    const first = new TestLedger();
    await first.stock(5, 'apple');
    const before = await first.submit([{ command: reserve('a', [at('apple', 1)]) }], { key });
    first.storage.crash();
    const second = new TestLedger({ tables: first.tables });
    const after = await second.submit([{ command: reserve('zzz', [at('apple', 1)]) }], { key });
    expect(after).toEqual(
      before.kind === 'done' && {
        ...before,
        replayed: true,
        items: before.items.map((item) => ({ ...item, replayed: true })),
      },
    );
    await second.close();
  });

  it('repeats reference and metadata from the reservation, until they are redacted', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const command: Command = { ...reserve('a', [at('apple', 1)]), reference: 'Ann Lee' } as Command;
    const again = async () => {
      const answer = await test.submit([{ command }], { key });
      const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
      return outcome?.kind === 'reservation' ? outcome.reservation.reference : undefined;
    };
    expect([await again(), await again()]).toEqual(['Ann Lee', 'Ann Lee']);
    await test.ask({ type: 'redact', reservationId: 'a' });
    expect(await again()).toBeNull();
    await expectCleanBooks(test);
    await test.close();
  });

  it('of a batch repeats what a command of it had repeated, with the position and time of that', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const receive = {
      command: { type: 'receive', sku: 'apple', location: 'north', quantity: 1 },
      key: other,
    } as const;
    const first = await test.submit([receive]);
    await test.time.advance(1_000);
    const batch = { key: { key: 'batch', fingerprint: 'b' } };
    const repeated = await test.submit([receive], batch);
    await test.time.advance(1_000);
    const again = await test.submit([receive], batch);
    const outcomesOf = (answer: Answer) =>
      answer.kind === 'done' && answer.items.map(({ outcome }) => outcome);
    expect(outcomesOf(repeated)).toEqual(outcomesOf(first));
    expect(outcomesOf(again)).toEqual(outcomesOf(first));
    await test.close();
  });

  it('forgets keys after their time', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    await test.ask(reserve('a', [at('apple', 1)]), { key });
    await test.time.advance(86_400_000 + 120_000);
    expect(test.tables.keys.size).toBe(0);
    await test.close();
  });

  it('joins a repeated request that is under way to the first', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let hold = false;
    const test = new TestLedger({
      onStep: (step) => (hold && step === 'write' ? held : undefined),
    });
    await test.stock(5, 'apple');
    hold = true;
    const first = test.ask(reserve('a', [at('apple', 1)]), { key });
    await settle();
    const second = test.ask(reserve('b', [at('apple', 1)]), { key });
    await settle();
    release();
    expect(await Promise.all([first, second])).toEqual(['held', 'held']);
    expect(await test.level('apple')).toMatchObject({ reserved: 1 });
    await test.close();
  });
});

describe('a batch', () => {
  it('decides each command on what those before it did', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const answer = await test.submit([
      { command: reserve('a', [at('apple', 4)]) },
      { command: reserve('b', [at('apple', 4)]) },
      { command: { type: 'cancel', reservationId: 'a' } },
      { command: reserve('c', [at('apple', 4)]) },
    ]);
    const kinds = answer.kind === 'done' ? answer.items.map(({ outcome }) => outcome.kind) : [];
    expect(kinds).toEqual(['reservation', 'refused', 'reservation', 'reservation']);
    await expectCleanBooks(test);
    await test.close();
  });

  it('can send goods on their way and receive them where some are already', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    await test.ask({
      type: 'putLocation',
      location: 'south',
      content: { name: 'South', kind: 'store', attributes: null },
    });
    await test.ask({ type: 'receive', sku: 'apple', location: 'south', quantity: 1 });
    const lines = [{ sku: 'apple', quantity: 2 }];
    const transfer = { transferId: 't', from: 'north', to: 'south', lines, reference: null };
    const answer = test.submit([
      { command: { type: 'dispatch', ...transfer } },
      { command: { type: 'receiveTransfer', transferId: 't' } },
    ]);
    await test.time.advance(10_000);
    expect(await answer).toMatchObject({
      items: [
        { outcome: { transfer: { status: 'in_transit' } } },
        { outcome: { transfer: { status: 'received' } } },
      ],
    });
    expect(await test.storage.queries.level('apple', 'south')).toMatchObject({ available: 3 });
    await expectCleanBooks(test);
    await test.close();
  });

  it('atomic and refused, does nothing at all, and says which command was refused', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const before = structuredClone(test.tables);
    const answer = await test.submit(
      [
        { command: reserve('a', [at('apple', 4)]), key: { key: 'x', fingerprint: 'x' } },
        { command: { type: 'confirm', reservationId: 'a' } },
        { command: reserve('b', [at('apple', 4)]) },
      ],
      { atomic: true },
    );
    expect(answer).toMatchObject({
      kind: 'refused',
      index: 2,
      refusal: { code: 'insufficient_stock' },
    });
    expect(test.tables).toEqual({ ...before, demand: test.tables.demand });
    await test.close();
  });

  it('whose answer would be too large is not done at all, and fails alone', async () => {
    const test = new TestLedger();
    const skus = Array.from({ length: 2_000 }, (_, n) => `sku ${n}`);
    await Promise.all(
      skus.map((sku) =>
        test.ask({
          type: 'putProduct',
          sku,
          content: { name: sku, description: null, category: null, attributes: null },
        }),
      ),
    );
    await test.stock(0);
    await Promise.all(
      skus.map((sku) => test.ask({ type: 'receive', sku, location: 'north', quantity: 5 })),
    );
    const lines = skus.map((sku) => at(sku, 1));
    expect(await test.ask(reserve('r', lines, 60))).toBe('held');
    const extend = (ttlSeconds: number): Command => ({
      type: 'extend',
      reservationId: 'r',
      ttlSeconds,
    });
    const many = Array.from({ length: 251 }, (_, n) => ({ command: extend(100 + n) }));
    const expiresAt = () => test.tables.reservations.get('r')?.expiresAt;
    const before = expiresAt();
    await expect(test.submit(many)).rejects.toThrow(AnswerTooLargeError);
    await expect(test.submit(many, { atomic: true })).rejects.toThrow(AnswerTooLargeError);
    expect(expiresAt()).toBe(before);
    const both = [test.submit(many), test.ask(extend(1_000))];
    expect(await Promise.allSettled(both)).toMatchObject([
      { status: 'rejected' },
      { status: 'fulfilled', value: 'held' },
    ]);
    await test.close();
  });

  it('between other work, an atomic refusal takes nothing of theirs along', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const refused = [reserve('b', [at('apple', 2)]), reserve('c', [at('apple', 9)])];
    const answers = await Promise.all([
      test.submit([{ command: reserve('a', [at('apple', 1)]) }]),
      test.submit(
        refused.map((command) => ({ command })),
        { atomic: true },
      ),
      test.submit([{ command: reserve('d', [at('apple', 4)]) }]),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['done', 'refused', 'done']);
    expect(await test.level('apple')).toMatchObject({ available: 0, reserved: 5 });
    await expectCleanBooks(test);
    await test.close();
  });
});

describe('faults', () => {
  /** A ledger whose store throws what `fault` returns when a commit reaches `step`. */
  async function failing(
    fault: () => Error | undefined,
    step: 'load' | 'write' | 'answer' = 'write',
  ): Promise<[TestLedger, (on: boolean) => void]> {
    let on = false;
    const test = new TestLedger({
      onStep: (reached) => {
        const error = on && reached === step ? fault() : undefined;
        if (error) throw error;
      },
    });
    await test.stock(5, 'apple');
    return [
      test,
      (value) => {
        on = value;
      },
    ];
  }

  it('tries a conflict again', async () => {
    let left = 3;
    const [test, turn] = await failing(() =>
      left-- > 0 ? new StoreConflictError('busy') : undefined,
    );
    turn(true);
    const asked = test.ask(reserve('a', [at('apple', 1)]));
    await test.time.advance(10_000);
    expect(await asked).toBe('held');
    expect(test.figures.retries).toBe(3);
    await test.close();
  });

  it('tries again to make a time final', async () => {
    const [test] = await failing(() => undefined);
    const { ledger } = test.storage;
    const advanceTime = ledger.advanceTime.bind(ledger);
    let left = 3;
    ledger.advanceTime = async (time) => {
      if (left-- > 0) throw new StoreConflictError('busy');
      await advanceTime(time);
    };
    const now = await test.ledger.now();
    const settled = test.ledger.settleTime(now);
    await test.time.advance(10_000);
    await settled;
    expect(test.tables.head.time).toBe(now + 1);
    await test.close();
  });

  it('gives up on a conflict that does not end', async () => {
    const [test, turn] = await failing(() => new StoreConflictError('busy'));
    turn(true);
    const asked = expect(test.ask(reserve('a', [at('apple', 1)]))).rejects.toThrow(
      StoreUnavailableError,
    );
    await test.time.advance(60_000);
    await asked;
    turn(false);
    await test.close();
  });

  it('answers all of a commit that could not be made, and goes on when the store is back', async () => {
    const [test, turn] = await failing(() => new StoreUnavailableError('disk full'));
    turn(true);
    const asked = [1, 2, 3].map(() => test.ask(reserve(test.newId(), [at('apple', 1)])));
    for (const one of asked) await expect(one).rejects.toThrow(StoreUnavailableError);
    turn(false);
    expect(await test.ask(reserve('b', [at('apple', 5)]))).toBe('held');
    await test.close();
  });

  it('lets a command whose data is refused fail alone', async () => {
    let poisoned = false;
    const [test, turn] = await failing(() =>
      poisoned ? new StoreRejectedError('constraint') : undefined,
    );
    turn(true);
    const commit = test.storage.ledger.commit.bind(test.storage.ledger);
    test.storage.ledger.commit = (needs, decide) =>
      commit(needs, (rows) => {
        const writes = decide(rows);
        poisoned = writes.events.some(({ reservationId }) => reservationId === 'bad');
        return writes;
      });
    const [one, bad, two] = await Promise.allSettled([
      test.ask(reserve('a', [at('apple', 1)])),
      test.ask(reserve('bad', [at('apple', 1)])),
      test.ask(reserve('b', [at('apple', 1)])),
    ]);
    expect([one?.status, bad?.status, two?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await test.level('apple')).toMatchObject({ reserved: 2 });
    await test.close();
  });

  it('does nothing again because a listener failed after the commit', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const stop = test.ledger.onCommit(() => {
      throw new Error('a listener of ours is broken');
    });
    const receive = { type: 'receive', sku: 'apple', location: 'north', quantity: 1 } as const;
    const asked = [test.ask(receive), test.ask(receive)];
    expect(await Promise.all(asked)).toEqual(['ok', 'ok']);
    await settle();
    expect(await test.level('apple')).toMatchObject({ available: 7 });
    expect(test.figures.failures).toHaveLength(1);
    stop();
    await test.close();
  });

  it('says so when it does not know whether a commit went through, and does not repeat it', async () => {
    const [test, turn] = await failing(() => new OutcomeUnknownError('cut off'), 'answer');
    turn(true);
    const key = { key: 'k', fingerprint: 'f' };
    const asked = [
      test.ask(reserve('a', [at('apple', 1)]), { key }),
      test.ask(reserve('b', [at('apple', 1)])),
    ];
    for (const one of asked) await expect(one).rejects.toThrow(OutcomeUnknownError);
    turn(false);
    expect(await test.ask(reserve('zzz', [at('apple', 1)]), { key })).toBe('held');
    expect(await test.level('apple')).toMatchObject({ reserved: 2 });
    await test.close();
  });
});

describe('a queue that is too long', () => {
  it('sheds new work at once, keeps room for what ends promises, and recovers', async () => {
    let release = (): void => undefined;
    let stuck: Promise<void> | undefined;
    const test = new TestLedger({ onStep: (step) => (step === 'load' ? stuck : undefined) });
    await test.stock(5, 'apple');
    await test.ask(reserve('r', [at('apple', 1)]));
    stuck = new Promise((resolve) => {
      release = resolve;
    });
    const first = test.ask(reserve('a', [at('apple', 1)]));
    await settle();
    await test.time.advance(2_500);
    await expect(test.ask(reserve('b', [at('apple', 1)]))).rejects.toThrow(OverloadedError);
    const confirmed = test.ask({ type: 'confirm', reservationId: 'r' });
    expect(test.figures.shedCount).toBe(1);
    stuck = undefined;
    release();
    expect(await Promise.all([first, confirmed])).toEqual(['held', 'confirmed']);
    expect(await test.ask(reserve('b', [at('apple', 1)]))).toBe('held');
    await test.close();
  });

  it('lets in as much as ever when a standstill of the store is over', async () => {
    let stuck: Promise<void> | undefined;
    const test = new TestLedger({ onStep: (step) => (step === 'load' ? stuck : undefined) });
    await test.stock(2_000, 'apple');
    const buy = (buyers: number) =>
      Promise.allSettled(
        Array.from({ length: buyers }, () => test.ask(reserve(test.newId(), [at('apple', 1)]))),
      );
    let release = (): void => undefined;
    stuck = new Promise((resolve) => {
      release = resolve;
    });
    const slow = buy(100);
    await settle();
    await test.time.advance(120_000);
    stuck = undefined;
    release();
    await slow;
    await settle();
    await buy(1_000);
    const shedBefore = test.figures.shedCount;
    await buy(1_000);
    expect(test.figures.shedCount).toBe(shedBefore);
    await test.close();
  });

  it('drops work whose caller has gone, undecided', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const gone = test.ask(reserve('a', [at('apple', 1)]), { signal: { aborted: true } });
    await expect(gone).rejects.toThrow(AbandonedError);
    expect(await test.level('apple')).toMatchObject({ available: 5, reserved: 0 });
    await test.close();
  });

  it('finishes what it took before it closes, and takes no more', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    const taken = test.ask(reserve('a', [at('apple', 1)]));
    const closed = test.ledger.close();
    await expect(test.ask(reserve('b', [at('apple', 1)]))).rejects.toThrow(DrainingError);
    await closed;
    expect(await taken).toBe('held');
  });
});

describe('removing', () => {
  it('a product with stock or on its way is refused, without any it goes', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    await test.ask({
      type: 'putLocation',
      location: 'south',
      content: { name: 'S', kind: 'store', attributes: null },
    });
    const remove: Command = { type: 'deleteProduct', sku: 'apple' };
    expect(await test.ask(remove)).toBe('product_has_stock');
    const lines = [{ sku: 'apple', quantity: 5 }];
    await test.ask({
      type: 'dispatch',
      transferId: 't',
      from: 'north',
      to: 'south',
      lines,
      reference: null,
    });
    expect(await test.ask(remove)).toBe('product_has_stock');
    await test.ask({
      type: 'receiveTransfer',
      transferId: 't',
      lines: [{ sku: 'apple', quantity: 3 }],
      reason: 'two broke',
    });
    await test.ask({ type: 'sell', sku: 'apple', location: 'south', quantity: 3 });
    expect(await test.ask(remove)).toBe('ok');
    expect(await test.ask({ type: 'receive', sku: 'apple', location: 'north', quantity: 1 })).toBe(
      'product_not_found',
    );
    await expectCleanBooks(test);
    await test.close();
  });

  it('racing a receipt, one of the two is refused', async () => {
    const test = new TestLedger();
    await test.stock(5, 'apple');
    await test.ask({ type: 'sell', sku: 'apple', location: 'north', quantity: 5 });
    const receive: Command = { type: 'receive', sku: 'apple', location: 'north', quantity: 1 };
    const answers = await Promise.all([
      test.ask({ type: 'deleteProduct', sku: 'apple' }),
      test.ask(receive),
    ]);
    expect(answers).toEqual(['ok', 'product_not_found']);
    await test.close();
  });
});
