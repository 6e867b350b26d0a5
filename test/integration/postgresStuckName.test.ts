import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { feed } from '../support/contractFeed.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { STATEMENTS } from '../support/postgres/gate.ts';
import { untilLockIsAwaited } from '../support/postgres/lockWaits.ts';
import { asks, ServerPair } from '../support/serverPair.ts';

let pair: ServerPair;
beforeEach(async () => {
  pair = await ServerPair.open();
});
afterEach(() => pair.close());

describe('a server that comes to a standstill while it makes a stock level', () => {
  it('keeps only those waiting who need that level', async () => {
    await feed(pair.one.storage.ledger, [
      ...[product('A'), product('B'), shop('x')],
      move('receive', 'B', 'x', 10),
    ]);
    const stopped = pair.gate.stopAt(STATEMENTS.write);
    const first = asks(move('receive', 'A', 'x', 1))(pair.one);
    await stopped;
    let isWaiting = true;
    const second = asks(move('receive', 'A', 'x', 2))(pair.other).finally(() => {
      isWaiting = false;
    });
    await untilLockIsAwaited(pair.watch);
    await asks(move('sell', 'B', 'x', 1))(pair.other);
    expect(isWaiting).toBe(true);
    await second;
    // The database has ended the first one's transaction by then, and it is done again.
    pair.gate.open();
    await first;
    expect(await pair.one.storage.queries.level('A', 'x')).toMatchObject({ available: 3 });
    expect(await pair.findings()).toEqual([]);
  });
});

describe('a server that comes to a standstill while it removes a product', () => {
  it('keeps only those waiting who stock that product for the first time', async () => {
    await feed(pair.one.storage.ledger, [
      ...[product('A'), product('B'), shop('x')],
      move('receive', 'B', 'x', 10),
    ]);
    const stopped = pair.gate.stopAt(STATEMENTS.write);
    const first = asks({ type: 'deleteProduct', sku: 'A' })(pair.one);
    await stopped;
    let isWaiting = true;
    const second = asks(move('receive', 'A', 'x', 2))(pair.other).finally(() => {
      isWaiting = false;
    });
    await untilLockIsAwaited(pair.watch);
    await asks(move('sell', 'B', 'x', 1))(pair.other);
    expect(isWaiting).toBe(true);
    pair.gate.open();
    await first;
    await second;
    expect(await pair.findings()).toEqual([]);
  });
});
