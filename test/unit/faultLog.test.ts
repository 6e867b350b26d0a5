import { expect, it } from 'vitest';
import { StoreConflictError, StoreUnavailableError } from '../../src/ledger/errors.ts';
import { createLoggerOn } from '../../src/observability/logger.ts';
import { createFaultLog } from '../../src/start/faultLog.ts';

it('tells once a second that the database is away, and all else each time', () => {
  let elapsedMs = 0;
  const lines: string[] = [];
  const logger = createLoggerOn({ write: (line) => lines.push(line) }, 'info');
  const failed = createFaultLog(logger, { elapsed: () => elapsedMs });
  failed(new StoreUnavailableError('gone'));
  failed(new StoreUnavailableError('gone a moment ago'));
  failed(new StoreConflictError('raced'));
  elapsedMs = 999;
  failed(new StoreUnavailableError('gone'));
  failed(new StoreConflictError('raced'));
  elapsedMs = 1_000;
  failed(new StoreUnavailableError('full'));
  const messages = lines.map((line) => /"message":"([^"]*)"/.exec(line)?.[1]);
  expect(messages).toEqual(['gone', 'raced', 'raced', 'full']);
});
