import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Row } from './cost.ts';
import { type ManyLinksSize, measureManyLinks } from './manyLinks.ts';
import { type ChainSize, measureSelling } from './selling.ts';

export type ChainRequest = ChainSize &
  Pick<ManyLinksSize, 'links'> & {
    /** Told of lines as they come. */
    readonly print: (lines: readonly string[]) => void;
  };

/**
 * Measures a chain: shops with ledgers of their own that sell at once, and a hub with as many links as a large chain has.
 * Prints a Markdown table, line by line. @throws {Error} when the books are wrong
 */
export async function runChain(folder: string, request: ChainRequest): Promise<void> {
  const { print } = request;
  print(['| measured | seen |', '|---|--:|']);
  const tell = (rows: readonly Row[]) => print(rows.map(line));
  await measureSelling(await mkdtemp(path.join(folder, 'selling-')), request, tell);
  await measureManyLinks(await mkdtemp(path.join(folder, 'links-')), request, tell);
}

function line({ what, seen }: Row): string {
  return `| ${what} | ${seen} |`;
}
