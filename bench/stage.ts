/** What the bench puts on the shelves: the same SKUs at one location, each with more units than any run can sell. */
export const LOCATION = 'store-1';
export const SKU_COUNT = 1_000;
export const HOT_SKU = skuAt(0);
export const UNITS_PER_SKU = 1_000_000_000;

export function skuAt(index: number): string {
  return `SKU-${String((index % SKU_COUNT) + 1).padStart(4, '0')}`;
}

/**
 * Numbers below `limit` that look random and are the same in every run.
 * (The linear congruential generator of Numerical Recipes, by its upper bits.)
 */
export function sequence(limit: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
