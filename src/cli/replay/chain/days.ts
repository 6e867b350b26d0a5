import type { Basket } from './sales.ts';

export const DAY_MS = 86_400_000;

/** Midnight of the first day on which anything was sold. Milliseconds since 1970. */
export function firstMidnight([first]: readonly Basket[]): number {
  const time = first?.time ?? 0;
  return time - (time % DAY_MS);
}
