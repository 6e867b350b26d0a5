import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Line of a file in the form of the Complete Journey data set. */
export interface GroceryLine {
  readonly store: string;
  readonly basket: string;
  readonly product: string;
  readonly quantity?: number;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly time: string;
}

/** Products of which a shop sells; `fuel` is sold by volume, and `unheard` is in no file of products. */
const PRODUCTS = [
  'product_id,manufacturer_id,department,brand,product_category,product_type,package_size',
  'tea,69,GROCERY,National,TEAS,TEA BAGS & BULK TEA,20 CT',
  'milk,69,GROCERY,Private,FLUID MILK PRODUCTS,FLUID MILK WHITE ONLY,1 GA',
  'soap,2,DRUG GM,National,SOAP,,',
  'fuel,69,FUEL,Private,COUPON/MISC ITEMS,GASOLINE-REG UNLEADED,',
  'petrol,69,MISCELLANEOUS,Private,COUPON/MISC ITEMS,GASOLINE-REG UNLEADED,',
].join('\n');

const HEADING =
  'household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,transaction_timestamp';

export function groceryCsv(lines: readonly GroceryLine[]): string {
  const rows = lines.map(({ store, basket, product, quantity = 1, time }) => {
    return `1,${store},${basket},${product},${quantity},1.5,0,0,0,1,${time}`;
  });
  return `${[HEADING, ...rows].join('\n')}\n`;
}

export interface GroceryFiles {
  readonly folder: string;
  readonly transactions: string;
  readonly products: string;
  remove(): void;
}

/** Writes both files, gzipped, into a folder of their own. */
export function writeGroceryFiles(csv: string): GroceryFiles {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-groceries-'));
  const transactions = path.join(folder, 'made-up-transactions.csv.gz');
  const products = path.join(folder, 'made-up-products.csv.gz');
  writeFileSync(transactions, gzipSync(csv));
  writeFileSync(products, gzipSync(`${PRODUCTS}\n`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { folder, transactions, products, remove };
}
