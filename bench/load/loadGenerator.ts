import type { Plan } from './plan.ts';

/** A tool that plays a plan against a server, in a process of its own. */
export interface LoadGenerator {
  /** Name and version, as the conditions show it. */
  readonly name: string;
  run(plan: Plan, load: Load): Promise<LoadResult>;
}

export interface Load {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Each sends its next request when it has the answer to the one before. */
  readonly connections: number;
  readonly seconds: number;
  /** Where the tool may keep files. */
  readonly folder: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Requests without an answer, or with one other than 2xx. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
