import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import { ReadPool, readAddress } from '../../src/storage/postgres/connection.ts';
import { statement } from '../../src/storage/postgres/statement.ts';
import { TcpProxy } from '../support/postgres/tcpProxy.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';

const ONE = statement<{ one: number }>('one', 'SELECT 1 AS one');

let database: PostgresDatabase;
let proxy: TcpProxy;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await TcpProxy.to(database.url);
});

afterAll(async () => {
  await proxy.close();
  await database.drop();
});

describe('the connections for reads', () => {
  it('are replaced without anybody noticing when they broke while idle', async () => {
    const pool = new ReadPool(readAddress(proxy.url), 1);
    await pool.run(ONE);
    proxy.cut();
    expect(await pool.run(ONE)).toEqual([{ one: 1 }]);
    await pool.close();
  });

  it('say so when the database is not to be reached', async () => {
    const pool = new ReadPool(readAddress(proxy.url), 1);
    await pool.run(ONE);
    proxy.refuse();
    proxy.cut();
    await expect(pool.run(ONE)).rejects.toThrow(StoreUnavailableError);
    await proxy.accept();
    expect(await pool.run(ONE)).toEqual([{ one: 1 }]);
    await pool.close();
  });
});
