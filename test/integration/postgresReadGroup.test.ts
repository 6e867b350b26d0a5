import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ledger/errors.ts';
import { LevelReader } from '../../src/storage/postgres/levels.ts';
import { ReadGroup } from '../../src/storage/postgres/readGroup.ts';
import type { Runner, Statement, Value } from '../../src/storage/postgres/statement.ts';

const MANY = 1_200;

/** Notes which statements it is asked for, and answers that nothing is there. */
class EmptyDatabase implements Runner {
  readonly asked: string[] = [];
  fails = false;

  async run<Row>({ name }: Statement<Row>, _values?: readonly Value[]): Promise<Row[]> {
    this.asked.push(name);
    if (this.fails) throw new StoreUnavailableError('the database cannot be reached');
    return [];
  }
}

function groupOn(database: EmptyDatabase): ReadGroup {
  return new ReadGroup(new LevelReader(database));
}

describe('levels that one round of the event loop asks for', () => {
  it('are one statement, however many ask for them', async () => {
    const database = new EmptyDatabase();
    const group = groupOn(database);
    const reads = ['A', 'B', 'A', 'B', 'A'].map((sku) => group.level(sku, 'x'));
    expect(await Promise.all(reads)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(database.asked).toEqual(['levels_by_keys']);
  });

  it('are found as a lone one is where all ask for the same', async () => {
    const database = new EmptyDatabase();
    const group = groupOn(database);
    await Promise.all([group.level('A', 'x'), group.level('A', 'x')]);
    expect(database.asked).toEqual(['level_by_key']);
  });

  it('are asked for anew in the next round: what was committed meanwhile is seen', async () => {
    const database = new EmptyDatabase();
    const group = groupOn(database);
    await group.level('A', 'x');
    await group.level('A', 'x');
    expect(database.asked).toHaveLength(2);
  });

  it('are several statements where they are very many', async () => {
    const database = new EmptyDatabase();
    const group = groupOn(database);
    await Promise.all(Array.from({ length: MANY }, (_, n) => group.level(`sku-${n}`, 'x')));
    expect(database.asked).toHaveLength(3);
  });

  it('fail together, and the next round goes on', async () => {
    const database = new EmptyDatabase();
    const group = groupOn(database);
    database.fails = true;
    const reads = [group.level('A', 'x'), group.level('B', 'x')];
    for (const read of await Promise.allSettled(reads)) expect(read.status).toBe('rejected');
    database.fails = false;
    expect(await group.level('A', 'x')).toBeUndefined();
  });
});
