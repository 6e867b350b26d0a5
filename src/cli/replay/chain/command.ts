import { existsSync } from 'node:fs';
import path from 'node:path';
import { plural } from '../../common.ts';
import { CommandError, EXIT_CODES } from '../../exitCodes.ts';
import { sizeOfInputFile } from '../../inputFile.ts';
import { listenForInterruption } from '../../interruption.ts';
import { startProgress } from '../../progress.ts';
import type { Tools } from '../../tools.ts';
import { badFile } from '../records.ts';
import { DAY_MS, firstMidnight } from './days.ts';
import { Draws } from './draws.ts';
import { withFolder } from './folder.ts';
import { CHAIN_DEFAULTS, type ChainDefaults, type ChainFlags } from './options.ts';
import { planOf } from './plan.ts';
import { type GroceryProduct, readProducts } from './products.ts';
import { faultsOf, renderResults, renderStart } from './report.ts';
import { type ChainResult, type ChainRun, runPolicy } from './run.ts';
import { type Basket, busiestShops, readSales, type Sales } from './sales.ts';

type Settings = ChainFlags & ChainDefaults & { readonly stores: number };

/**
 * Plays a file of grocery sales through a hub and its shops, once for each policy.
 * @throws {CommandError} when a file is not what it should be
 */
export async function runChainReplay(
  tools: Tools,
  file: string,
  flags: ChainFlags & { readonly stores: number },
): Promise<void> {
  const settings: Settings = { ...CHAIN_DEFAULTS, ...flags };
  const products = await readProducts(productFile(file, settings));
  const sales = await readWithProgress(tools, file, products);
  const interruption = listenForInterruption();
  try {
    const results = await withFolder(settings.keep, noteOn(tools), (folder) => {
      const run = { tools, folder, signal: interruption.signal };
      return playEach(tools, settings, { ...run, ...prepare(file, sales, products, settings) });
    });
    report(tools, results);
  } finally {
    interruption.release();
  }
}

function noteOn({ err }: Tools): (folder: string) => void {
  return (folder) => {
    err.write(
      `databases are in ${folder} until the end; should this process be killed, remove that folder\n`,
    );
  };
}

function productFile(file: string, { products }: Settings): string {
  if (products !== undefined) return products;
  const beside = path.join(
    path.dirname(file),
    path.basename(file).replace('transactions', 'products'),
  );
  sizeOfInputFile(file);
  if (beside !== file && existsSync(beside)) return beside;
  throw new CommandError(
    `there is no file of products beside ${file}; name it with --products`,
    'usage',
  );
}

async function readWithProgress(
  { err }: Tools,
  file: string,
  products: ReadonlyMap<string, GroceryProduct>,
): Promise<Sales> {
  const progress = startProgress(err, 'reading', sizeOfInputFile(file));
  try {
    return await readSales(file, products, (bytes) => progress.advanceTo(bytes));
  } finally {
    progress.end();
  }
}

interface Prepared extends Pick<ChainRun, 'shops' | 'products' | 'plan' | 'draws'> {
  readonly text: string;
}

function prepare(
  file: string,
  sales: Sales,
  products: ReadonlyMap<string, GroceryProduct>,
  settings: Settings,
): Prepared {
  const shops = busiestShops(sales, settings.stores);
  if (shops.length < settings.stores) {
    throw badFile(`${file} has sales of ${plural(shops.length, 'store')} only`);
  }
  const baskets = basketsOf(sales, shops, settings);
  const draws = new Draws(settings.seed);
  const plan = planOf(baskets, shops, settings, draws);
  const text = renderStart({ file, sales, shops, baskets, plan, settings });
  return { shops, products: soldProducts(baskets, products), plan, draws, text };
}

function basketsOf(
  { baskets }: Sales,
  shops: readonly string[],
  { days = Number.POSITIVE_INFINITY }: Settings,
): readonly Basket[] {
  const known = new Set(shops);
  const end = firstMidnight(baskets) + days * DAY_MS;
  return baskets.filter(({ shop, time }) => known.has(shop) && time < end);
}

function soldProducts(
  baskets: readonly Basket[],
  products: ReadonlyMap<string, GroceryProduct>,
): ReadonlyMap<string, GroceryProduct> {
  const sold = new Set(baskets.flatMap(({ units }) => [...units.keys()]));
  return new Map([...products].filter(([sku]) => sold.has(sku)));
}

/** @throws {CommandError} when it was stopped before the end */
async function playEach(
  { out }: Tools,
  { policies, keep }: Settings,
  run: ChainRun & Prepared,
): Promise<readonly ChainResult[]> {
  out.write(run.text);
  const results: ChainResult[] = [];
  for (const policy of policies) {
    const result = await runPolicy(run, policy);
    if (result === undefined) {
      const rest = keep === undefined ? 'nothing of it is left' : `its databases are in ${keep}`;
      throw new CommandError(`stopped in the middle of policy ${policy}; ${rest}`);
    }
    results.push(result);
  }
  return results;
}

function report({ out, endWith }: Tools, results: readonly ChainResult[]): void {
  out.write(renderResults(results));
  if (results.some((result) => faultsOf(result).length > 0)) endWith(EXIT_CODES.findings.code);
}
