import { NAME_CODE_POINTS_MAX } from '../../../domain/limits.ts';
import { readRecords } from '../records.ts';
import { plainText } from '../text.ts';

/** What the product file says of a product, as far as a ledger wants to know. */
export interface GroceryProduct {
  readonly name: string;
  readonly category: string | null;
  /** Sold by volume and not by piece. */
  readonly isFuel: boolean;
}

const COLUMNS = ['product_id', 'department', 'product_category', 'product_type'] as const;

const FUEL_DEPARTMENT = 'FUEL';
/** Some of it is filed under other departments. */
const FUEL_TYPE = 'GASOLINE';

/** By product id. @throws {CommandError} */
export async function readProducts(path: string): Promise<ReadonlyMap<string, GroceryProduct>> {
  const products = new Map<string, GroceryProduct>();
  for await (const { field } of readRecords(path, COLUMNS)) {
    const id = field('product_id');
    const type = field('product_type');
    const category = field('product_category');
    products.set(id, {
      name: plainText(type.trim() || `product ${id}`, NAME_CODE_POINTS_MAX),
      category: category === '' ? null : plainText(category, NAME_CODE_POINTS_MAX),
      isFuel: field('department') === FUEL_DEPARTMENT || type.startsWith(FUEL_TYPE),
    });
  }
  return products;
}
