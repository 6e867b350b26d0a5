import type { LoadGenerator } from './load/loadGenerator.ts';
import type { Target, Turns } from './measurement.ts';

/** What every row works with. */
export interface Bench extends Turns {
  readonly connections: number;
  readonly generator: LoadGenerator;
  /** A folder of this run, removed at its end. */
  readonly folder: string;
  /** Where servers leave their CPU profiles; absent for none. */
  readonly profileFolder?: string | undefined;
}

/** A line of the table with what it is compared with. */
export interface Row {
  readonly name: string;
  readonly title: string;
  open(bench: Bench): Promise<OpenRow>;
}

export interface OpenRow {
  readonly targets: readonly Target[];
  close(): Promise<void>;
}
