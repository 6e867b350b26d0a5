import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Page, readPages } from '../support/documents.ts';
import { Workshop } from '../support/processes.ts';
import {
  comparable,
  type Reader,
  runShown,
  shownCommands,
  shownFiles,
} from '../support/shownCommands.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const pages = readPages().filter((page) => shownCommands(page).length > 0);
const hasTools = ['bash', 'curl'].every((tool) => !spawnSync(tool, ['--version']).error);

/** Runs the commands of a page in their order, as a reader would who has just typed `npm start`. */
async function follow(page: Page): Promise<void> {
  const database = workshop.database();
  const server = workshop.holdfast(['start', '--port', '0', '--database', database]);
  const reader = await newReader(page, await server.url(), database);
  for (const shown of shownCommands(page)) {
    const at = `${page.file}:${shown.commands.line}`;
    const out = await runShown(shown, reader).catch((error) => {
      throw new Error(`${at}: ${error.message}`);
    });
    if (!shown.answer) continue;
    const { expected, found } = comparable(shown.answer, out);
    expect(found, at).toBe(expected);
  }
  await server.stop();
}

async function newReader(page: Page, url: string, database: string): Promise<Reader> {
  const folder = await mkdtemp(path.join(workshop.folder, 'reader-'));
  for (const { name, text } of shownFiles(page)) await writeFile(path.join(folder, name), text);
  return { url, folder, env: { HOLDFAST_DATABASE: database, HOME: folder } };
}

describe('what the pages show', () => {
  it('is shown by README.md, at least', () => {
    expect(pages.map(({ file }) => file)).toContain('README.md');
  });

  it.for(pages)('is what happens: $file', { timeout: 60_000 }, async (page, { skip }) => {
    if (!hasTools) skip('bash and curl are not on the path');
    await follow(page);
  });
});
