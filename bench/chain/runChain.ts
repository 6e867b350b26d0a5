import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { FigureName, Row } from './cost.ts';
import { type ManyLinksSize, measureManyLinks } from './manyLinks.ts';
import { onPaper } from './onPaper.ts';
import { type ChainSize, measureSelling } from './selling.ts';

export type ChainRequest = ChainSize &
  Pick<ManyLinksSize, 'links'> & {
    /** Told of lines as they come. */
    readonly print: (lines: readonly string[]) => void;
  };

/**
 * Measures a chain: shops with ledgers of their own that sell at once, and a hub with as many links as a large chain has.
 * Prints Markdown, line by line, and works out a larger chain from what was seen. @throws {Error} when the books are wrong
 */
export async function runChain(folder: string, request: ChainRequest): Promise<void> {
  const { print } = request;
  print(['| measured | seen |', '|---|--:|']);
  const figures = new Map<FigureName, number>();
  const tell = (rows: readonly Row[]) => {
    for (const { figure } of rows) if (figure) figures.set(...figure);
    print(rows.map(line));
  };
  await measureSelling(await mkdtemp(path.join(folder, 'selling-')), request, tell);
  await measureManyLinks(await mkdtemp(path.join(folder, 'links-')), request, tell);
  print(['', '| 1,000 shops with 10,000 products each | worked out | from |', '|---|--:|---|']);
  print(onPaper(figures).map(({ what, seen, from }) => `| ${what} | ${seen} | ${from} |`));
}

function line({ what, seen }: Row): string {
  return `| ${what} | ${seen} |`;
}
