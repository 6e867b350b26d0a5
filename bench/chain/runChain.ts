import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { FigureName, Row } from './cost.ts';
import { type HubEngineName, openHubEngine } from './hubEngines.ts';
import { type ManyLinksSize, measureManyLinks } from './manyLinks.ts';
import { onPaper } from './onPaper.ts';
import { type ChainSize, measureSelling } from './selling.ts';

export type ChainRequest = ChainSize &
  Pick<ManyLinksSize, 'links'> & {
    /** What the hub keeps its books in; shops have files of SQLite. */
    readonly hub: HubEngineName;
    /** Told of lines as they come. */
    readonly print: (lines: readonly string[]) => void;
  };

/**
 * Measures a chain: shops with ledgers of their own that sell at once, and a hub with as many links as a large chain has.
 * Prints Markdown, line by line, and works out a larger chain from what was seen. @throws {Error} when the books are wrong
 */
export async function runChain(folder: string, request: ChainRequest): Promise<void> {
  const { print } = request;
  const engine = await openHubEngine(request.hub);
  print([`the hub         ${engine.name}`, '', '| measured | seen |', '|---|--:|']);
  const figures = new Map<FigureName, number>();
  const tell = (rows: readonly Row[]) => {
    for (const { figure } of rows) if (figure) figures.set(...figure);
    print(rows.map(line));
  };
  try {
    await measureSelling(engine, await mkdtemp(path.join(folder, 'selling-')), request, tell);
    await measureManyLinks(engine, await mkdtemp(path.join(folder, 'links-')), request, tell);
  } finally {
    await engine.close();
  }
  print(['', '| 1,000 shops with 10,000 products each | worked out | from |', '|---|--:|---|']);
  print(onPaper(figures).map(({ what, seen, from }) => `| ${what} | ${seen} | ${from} |`));
}

function line({ what, seen }: Row): string {
  return `| ${what} | ${seen} |`;
}
