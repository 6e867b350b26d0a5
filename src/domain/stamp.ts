/**
 * Stands for the time of the commit that is being decided. Positions and times are given last, when the commit
 * holds the head of the log, so what is decided before can only point to them.
 */
export const THIS_COMMIT = -1;

/** What a commit got from the head of the log: events take `firstPosition`, `firstPosition + 1`, ...; all share one time. */
export interface Stamp {
  readonly firstPosition: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The time that `time` stands for once the commit is stamped. */
function stampedTime(time: number, stamp: Stamp): number {
  return time === THIS_COMMIT ? stamp.time : time;
}

/** A row with the times that its own stand for once the commit is stamped. */
export function stampRow<T extends { readonly createdAt: number; readonly updatedAt: number }>(
  row: T,
  stamp: Stamp,
): T {
  const createdAt = stampedTime(row.createdAt, stamp);
  const updatedAt = stampedTime(row.updatedAt, stamp);
  return { ...row, createdAt, updatedAt };
}
