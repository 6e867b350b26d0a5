import { inject } from 'vitest';

/** The PostgreSQL that all test files of a run share. */
export interface Shared {
  /** As a role that may create databases. */
  readonly url: string;
  /** What the names of this run's databases begin with; they are dropped when it ends. */
  readonly prefix: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the shared server is asked for. */
    postgresDoor: string;
  }
}

let known: Promise<Shared> | undefined;

/** The server of this run, started when nobody has asked for it before. @throws when there is none; the message says why */
export function sharedPostgres(): Promise<Shared> {
  known ??= ask();
  return known;
}

async function ask(): Promise<Shared> {
  const response = await fetch(inject('postgresDoor'));
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Shared;
}
