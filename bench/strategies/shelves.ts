/** What there is to sell in one load: goods of their own for each measurement, so that none begins with another's rest. */
export interface Shelves {
  readonly measurements: number;
  readonly skus: number;
  /** Of each SKU, in each measurement. */
  readonly units: number;
  /** Of each SKU of the first goods, which are for the warm-up. */
  readonly warmUpUnits: number;
}

/** The goods of the warm-up. */
export const WARM_UP = 0;

/** Units of each SKU before anything is sold. */
export function unitsOf({ units, warmUpUnits }: Shelves, measurement: number): number {
  return measurement === WARM_UP ? warmUpUnits : units;
}

export const LOCATION = 'store-1';

/** What else the shop has, a unit of each: in a table of few rows PostgreSQL looks at all of them, and uses no index. */
export const OTHER_SKUS: readonly string[] = Array.from(
  { length: 2_000 },
  (_, index) => `OTHER-${String(index + 1).padStart(4, '0')}`,
);
export const OTHER_UNITS = 1;

/** @param index which SKU of this measurement */
export function skuOf(measurement: number, index: number): string {
  return `M${String(measurement).padStart(2, '0')}-SKU-${String(index + 1).padStart(4, '0')}`;
}

export function skusOf({ skus }: Shelves, measurement: number): string[] {
  return Array.from({ length: skus }, (_, index) => skuOf(measurement, index));
}

export function allSkus(shelves: Shelves): string[] {
  return Array.from({ length: shelves.measurements }, (_, at) => skusOf(shelves, at)).flat();
}
