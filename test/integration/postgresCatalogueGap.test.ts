import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import { product } from '../support/contractRows.ts';
import { STATEMENTS } from '../support/postgres/gate.ts';
import { untilLockIsAwaited } from '../support/postgres/lockWaits.ts';
import { connected } from '../support/postgres/testDatabase.ts';
import { ask, asks, ServerPair } from '../support/serverPair.ts';

// What is made after a commit has begun to lock the catalogue, and before it has read it, is read without a lock.

let pair: ServerPair;
beforeEach(async () => {
  pair = await ServerPair.open();
  await asks(product('A'))(pair.one);
});
afterEach(() => pair.close());

/** The first server puts both products, reads the second one that was just made, and has not written when another is asked. */
async function putWhile(then: Command): Promise<void> {
  const stopped = pair.gate.stopAt(STATEMENTS.write);
  const { put } = await connected(pair.database.url, async (client) => {
    await client.query(`BEGIN; SELECT FROM products WHERE sku = 'A' FOR UPDATE`);
    const put = ask(
      pair.one,
      [product('A', 'put'), product('B', 'put')].map((command) => ({ command })),
    );
    await untilLockIsAwaited(pair.watch);
    await asks(product('B', 'made'))(pair.other);
    return { put };
  });
  await stopped;
  const done = asks(then)(pair.other);
  await untilLockIsAwaited(pair.watch);
  pair.gate.open();
  await Promise.all([put, done]);
}

/** The notices of the second product. */
async function notices(): Promise<readonly unknown[]> {
  const { events } = await pair.one.storage.queries.events({ after: 0, limit: 10, sku: 'B' });
  return events.map(({ type, details }) => ({ type, details }));
}

const named = (name: string) => ({ name, description: null, category: null, attributes: null });
const MADE_AND_PUT = [
  { type: 'product_created', details: { after: named('made') } },
  { type: 'product_changed', details: { before: named('made'), after: named('put') } },
];

describe('a product that was made while a put of it took its locks is locked, too', () => {
  it('so that it is removed after that', async () => {
    await putWhile({ type: 'deleteProduct', sku: 'B' });
    expect(await notices()).toMatchObject([
      ...MADE_AND_PUT,
      { type: 'product_deleted', details: { before: named('put') } },
    ]);
    expect(await pair.findings()).toEqual([]);
  });

  it('so that it is changed from what it is then', async () => {
    await putWhile(product('B', 'changed'));
    expect(await notices()).toMatchObject([
      ...MADE_AND_PUT,
      { type: 'product_changed', details: { before: named('put'), after: named('changed') } },
    ]);
    expect(await pair.findings()).toEqual([]);
  });
});
