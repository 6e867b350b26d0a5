import type { LoadGenerator } from '../load/loadGenerator.ts';
import type { Engines } from './engines.ts';
import type { Buyers } from './rush.ts';

/** What every measurement works with. */
export interface Workbench {
  readonly engines: Engines;
  readonly buyers: Buyers;
  readonly generator: LoadGenerator;
  /** A folder of this run, removed at its end. */
  readonly folder: string;
}
