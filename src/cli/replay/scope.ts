/** How much of the file is played. Without members: all of it. */
export interface Scope {
  /** Lines of the file, the heading not counted. */
  readonly limit?: number;
  /** Milliseconds since 1970; what is dated at or after it is left out. */
  readonly until?: number;
}

/** Where something stands in the file; the heading is line 1. */
export interface Place {
  readonly line: number;
  readonly time: number;
}

export function withinScope({ limit, until }: Scope, { line, time }: Place): boolean {
  return (limit === undefined || line <= limit + 1) && (until === undefined || time < until);
}
