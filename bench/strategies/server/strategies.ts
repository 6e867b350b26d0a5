import { conditional } from './conditional.ts';
import { forUpdate } from './forUpdate.ts';
import { redisLock } from './redisLock.ts';
import { skipLocked } from './skipLocked.ts';
import type { Strategy, StrategyParts } from './strategy.ts';
import { versionColumn } from './versionColumn.ts';

export const STRATEGIES = { versionColumn, redisLock, forUpdate, conditional, skipLocked };
export type StrategyName = keyof typeof STRATEGIES;

export function openStrategy(name: StrategyName, parts: StrategyParts): Strategy {
  return STRATEGIES[name](parts);
}
