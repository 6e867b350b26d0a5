/** The middle of the values, or the mean of the two in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that a share `fraction` of the sorted values do not pass; NaN for none. */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  const index = Math.min(Math.ceil(sorted.length * fraction), sorted.length) - 1;
  return sorted[Math.max(index, 0)] ?? Number.NaN;
}
