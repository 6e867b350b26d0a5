import type { FlagValues } from '../../src/config.ts';
import type { ServerProcess } from '../server/serverProcess.ts';
import type { StrategyName } from './server/strategies.ts';
import type { StrategyParts } from './server/strategy.ts';
import type { Shelves } from './shelves.ts';

/** What the process of a strategy is told, as JSON. */
export interface StrategyTask extends Omit<StrategyParts, 'onRetry'> {
  readonly strategy: StrategyName;
}

/** What the process of Holdfast is told, as JSON. */
export interface HoldfastTask {
  readonly flags: FlagValues;
  readonly shelves: Shelves;
}

/** What is measured beside the others: a strategy with its settings, or Holdfast. */
export interface Contender {
  readonly name: string;
  /** As the tables show it. */
  readonly title: string;
  /** As the charts show it. */
  readonly label: string;
  readonly needsRedis: boolean;
  /** Starts a server on an empty database of its own, with these goods. */
  start(place: Place, shelves: Shelves): Promise<Running>;
}

export interface Place {
  /** The address of an empty database. */
  readonly database: string;
  /** The address of a Redis; null where there is none. */
  readonly redis: string | null;
  /** Where the server may leave files. */
  readonly folder: string;
}

/** A server that can be asked. */
export interface Running {
  readonly server: ServerProcess;
  /** Put before the path of every request. */
  readonly pathPrefix: string;
  /** Where it keeps its goods; null for one that sells nothing. */
  readonly database: string | null;
  close(): Promise<void>;
}
