import { EventEmitter } from 'node:events';
import { setImmediate as nextRound } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Arrivals } from '../../src/start/arrivals.ts';

describe('what is to happen soon', () => {
  let server: EventEmitter;
  let arrivals: Arrivals;
  let happened: boolean;
  let elapsedMs: number;

  beforeEach(() => {
    server = new EventEmitter();
    elapsedMs = 0;
    arrivals = new Arrivals({ elapsed: () => elapsedMs });
    arrivals.watch(server);
    happened = false;
  });

  const ask = (): void => {
    arrivals.soon(() => {
      happened = true;
    });
  };

  it('happens in this round when no connection arrived in it', async () => {
    ask();
    expect(happened).toBe(false);
    await nextRound();
    expect(happened).toBe(true);
  });

  it('waits as long as rounds bring connections', async () => {
    ask();
    for (let round = 0; round < 100; round++) {
      server.emit('connection');
      await nextRound();
      expect(happened).toBe(false);
    }
    await nextRound();
    expect(happened).toBe(true);
  });

  it('does not wait for longer than 50 ms', async () => {
    ask();
    server.emit('connection');
    await nextRound();
    expect(happened).toBe(false);
    elapsedMs = 50;
    server.emit('connection');
    await nextRound();
    expect(happened).toBe(true);
  });
});
