import { describe, expect, it } from 'vitest';
import { linearization, type Observation } from '../support/linearizable.ts';
import type { ModelCommand } from '../support/model.ts';

const receive: ModelCommand = { op: 'receive', sku: 'apple', quantity: 1 };
const sell: ModelCommand = { op: 'sell', sku: 'apple', quantity: 1 };

function seen(
  command: ModelCommand,
  sentAt: number,
  answeredAt: number,
  result: string,
): Observation {
  return { command, sentAt, answeredAt, result };
}

describe('the checker of histories', () => {
  it('finds the order of two commands that overlap', () => {
    const history = [seen(sell, 1, 4, 'ok'), seen(receive, 2, 3, 'ok')];
    expect(linearization(history)?.map(({ command }) => command.op)).toEqual(['receive', 'sell']);
  });

  it('finds an oversell', () => {
    const history = [seen(receive, 1, 2, 'ok'), seen(sell, 3, 6, 'ok'), seen(sell, 4, 5, 'ok')];
    expect(linearization(history)).toBeNull();
  });

  it('finds an undersell', () => {
    const refused = seen(sell, 3, 4, 'insufficient_stock');
    expect(linearization([seen(receive, 1, 2, 'ok'), refused])).toBeNull();
  });

  it('finds an answer that came before what it rests on was asked for', () => {
    const history = [seen(sell, 1, 2, 'ok'), seen(receive, 3, 4, 'ok')];
    expect(linearization(history)).toBeNull();
  });

  it('finds a lost effect at the end', () => {
    const history = [seen(receive, 1, 2, 'ok')];
    expect(linearization(history, ({ shelves }) => shelves['apple']?.available === 0)).toBeNull();
  });
});
