import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import type { ClaimedKey } from '../../src/ledger/ledger.ts';
import { Connection } from '../../src/storage/postgres/connection.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { STATEMENTS } from '../support/postgres/gate.ts';
import { connected } from '../support/postgres/testDatabase.ts';
import { ask, asks, type Came, ServerPair } from '../support/serverPair.ts';

let pair: ServerPair;
let run: MockInstance<Connection['run']>;

beforeEach(async () => {
  pair = await ServerPair.open();
  run = vi.spyOn(Connection.prototype, 'run');
  await feed(pair.one.storage.ledger, [product('A'), product('B'), shop('x')]);
  await feed(pair.one.storage.ledger, [
    move('receive', 'A', 'x', 10),
    move('receive', 'B', 'x', 10),
  ]);
  await ask(pair.one, [{ command: buy('warm', 'A') }, { command: buy('warmer', 'B') }]);
  run.mockClear();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await pair.close();
});

function buy(id: string, sku: string, quantity = 1): Command {
  return reserve(id, line(sku, 'x', quantity));
}

/** How many statements the first server's commit connection has sent since the ledger was made ready. */
function commitStatements(): string[] {
  const sent = run.mock.calls.map(([{ name }]) => name);
  return sent.filter((name) => !/^(discard_plans|announce|listen_)/.test(name));
}

async function atOne(command: Command, key?: ClaimedKey): Promise<Came> {
  return asks(command, key)(pair.one);
}

async function level(sku: string) {
  return pair.other.storage.queries.level(sku, 'x');
}

describe('a reservation of a level that this server has just left', () => {
  it('is one statement', async () => {
    expect(await atOne(buy('r1', 'A'))).toMatchObject({ word: 'held' });
    expect(commitStatements()).toEqual([expect.stringMatching(/^write_/)]);
    expect(await level('A')).toMatchObject({ available: 8, reserved: 2, version: 3 });
    expect(await pair.findings()).toEqual([]);
  });

  it('is looked at again when another server has sold meanwhile', async () => {
    await asks(buy('r1', 'A', 8))(pair.other);
    run.mockClear();
    expect(await atOne(buy('r2', 'A', 2))).toMatchObject({ word: 'insufficient_stock' });
    expect(commitStatements()).toContain('lock_levels');
    expect(await atOne(buy('r3', 'A', 1))).toMatchObject({ word: 'held' });
    expect(await level('A')).toMatchObject({ available: 0, reserved: 10 });
    expect(await pair.findings()).toEqual([]);
  });

  it('of which one level has changed takes none of the others either', async () => {
    await asks(buy('r1', 'B', 9))(pair.other);
    const both = reserve('r2', line('A', 'x', 1), line('B', 'x', 1));
    expect(await atOne(both)).toMatchObject({ word: 'insufficient_stock' });
    expect(await level('A')).toMatchObject({ available: 9 });
    expect(await pair.findings()).toEqual([]);
  });

  it('finds that its product was removed by another server', async () => {
    const { other } = pair;
    await asks({ type: 'cancel', reservationId: 'warm' })(other);
    await asks(move('sell', 'A', 'x', 10))(other);
    expect(await asks({ type: 'deleteProduct', sku: 'A' })(other)).toMatchObject({ word: 'done' });
    expect(await atOne(buy('r1', 'A'))).toMatchObject({ word: 'product_not_found' });
    expect(await pair.findings()).toEqual([]);
  });

  it('beside a receipt of an empty level finds that the product of that was removed', async () => {
    const { one, other } = pair;
    await asks({ type: 'cancel', reservationId: 'warmer' })(one);
    await asks(move('sell', 'B', 'x', 10))(one);
    expect(await asks({ type: 'deleteProduct', sku: 'B' })(other)).toMatchObject({ word: 'done' });
    const receipt = { command: move('receive', 'B', 'x', 1) };
    const answer = await one.ledger.submit({
      actor: 'ann',
      requestId: 'q',
      items: [{ command: buy('r1', 'A') }, receipt],
    });
    expect(answer).toMatchObject({
      items: [
        { outcome: { kind: 'reservation' } },
        { outcome: { refusal: { code: 'product_not_found' } } },
      ],
    });
  });

  it('with an id that another server knows is that one', async () => {
    expect(await asks(buy('r1', 'B'))(pair.other)).toMatchObject({ word: 'held' });
    // The first server still knows B, and finds the id taken only by its constraint when it guesses A.
    expect(await atOne(buy('r1', 'A'))).toMatchObject({ word: 'reservation_id_taken' });
    expect(await atOne(buy('r1', 'B'))).toMatchObject({ word: 'held' });
    expect(await level('A')).toMatchObject({ available: 9 });
    expect(await pair.findings()).toEqual([]);
  });

  it('with a key that another server has answered is answered the same', async () => {
    const key: ClaimedKey = { key: 'key-1', fingerprint: 'the same' };
    expect(await asks(buy('r1', 'B'), key)(pair.other)).toMatchObject({ word: 'held' });
    const again = await asks(buy('r2', 'A'), key)(pair.one);
    expect(again).toEqual({ word: 'held', replayed: true });
    expect(await level('A')).toMatchObject({ available: 9 });
  });

  it('that was ruled out stays so after an hour without a commit', async () => {
    const { other, gate } = pair;
    await connected(pair.database.url, async (client) => {
      const stopped = gate.stopAt(STATEMENTS.write);
      const bought = atOne(buy('r1', 'A'));
      await stopped;
      await client.query('UPDATE log_head SET time = time - 7200000');
      gate.dropStopped();
      expect(await bought).toMatchObject({ word: 'held' });
      await other.storage.ledger.pruneKeys(0, 1);
      const { rows } = await client.query('SELECT FROM commits WHERE first_position = 0');
      expect(rows).toHaveLength(1);
    });
    await gate.openForDropped();
    expect(await level('A')).toMatchObject({ available: 8 });
  });

  it('that somebody holds waits for it without holding what others need', async () => {
    await connected(pair.database.url, async (client) => {
      await client.query(
        `BEGIN; SELECT FROM levels JOIN level_ids USING (id) WHERE sku = 'A' FOR UPDATE OF levels`,
      );
      const waiting = atOne(buy('r1', 'A'));
      expect(await asks(buy('r2', 'B'))(pair.other)).toMatchObject({ word: 'held' });
      await client.query('ROLLBACK');
      expect(await waiting).toMatchObject({ word: 'held' });
    });
    expect(await pair.findings()).toEqual([]);
  });

  it('is looked at for a while where guesses have been wrong, and guessed again later', async () => {
    await asks(buy('r1', 'A'))(pair.other);
    await atOne(buy('r2', 'A'));
    run.mockClear();
    for (let i = 0; i < 4; i++) await atOne(buy(`later-${i}`, 'A'));
    const statements = commitStatements();
    expect(statements.filter((name) => name === 'begin')).toHaveLength(2);
    expect(statements.at(-1)).toMatch(/^write_/);
    expect(statements.at(-2)).toMatch(/^write_|commit/);
  });
});
