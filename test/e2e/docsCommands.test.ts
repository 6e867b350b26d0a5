import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Block, type Page, readPages } from '../support/documents.ts';
import { Workshop } from '../support/processes.ts';
import {
  comparable,
  type Reader,
  runShown,
  type Shown,
  shownCommands,
  shownFiles,
} from '../support/shownCommands.ts';
import { ShownPostgres, usesPostgres } from '../support/shownPostgres.ts';
import { ShownTerminals, usesTerminals } from '../support/shownTerminals.ts';

/** Time for a page of many processes, on a machine that has other work too. */
const SLOW_MS = 180_000;

const workshop = new Workshop();
afterAll(() => workshop.close());

const pages = readPages().filter((page) => shownCommands(page).length > 0);
const hasTools = ['bash', 'curl'].every((tool) => !spawnSync(tool, ['--version']).error);

/** What pages write for the server; the one of a test listens elsewhere. */
const SHOWN_URL = 'http://127.0.0.1:8080';

/** Runs the commands of a page in their order, as a reader would who has just typed `npm start`. */
async function follow(page: Page): Promise<void> {
  const database = workshop.database();
  const server = workshop.holdfast(['start', '--port', '0', '--database', database]);
  const url = await server.url();
  const here = (shown: string) => shown.replaceAll(SHOWN_URL, url);
  const env = { HOLDFAST_DATABASE: database };
  const reader = { here, ...(await newReader(page, env)) };
  for (const shown of shownCommands(page)) await check(page, shown, reader);
  await server.stop();
}

/** The same where the page itself starts the servers, on a PostgreSQL that has just been installed where it shows one. */
async function followTerminals(page: Page): Promise<void> {
  const postgres = usesPostgres(page) ? await ShownPostgres.start() : undefined;
  try {
    await followBlocks(page, postgres);
  } finally {
    await postgres?.close();
  }
}

async function followBlocks(page: Page, postgres: ShownPostgres | undefined): Promise<void> {
  const inPostgres = (shown: string) => postgres?.here(shown) ?? shown;
  const env = exportsOf(page, inPostgres);
  const reader = await newReader(page, env);
  const terminals = new ShownTerminals(workshop, reader.folder);
  const here = (shown: string) => terminals.here(inPostgres(shown));
  const commands = new Map(shownCommands(page).map((shown) => [shown.commands, shown]));
  const follow = async (block: Block) => {
    await postgres?.follow(block);
    await terminals.follow({ ...block, text: inPostgres(block.text) }, env);
  };
  for (const block of page.blocks) {
    const shown = commands.get(block);
    if (shown) await check(page, shown, { here, ...reader });
    else await follow(block).catch((error) => fail(page, block, error));
  }
}

/** What the page has its reader export. */
function exportsOf({ blocks }: Page, here: (shown: string) => string): Record<string, string> {
  const exported = blocks.flatMap(({ text }) => [...text.matchAll(/^export (\w+)=(\S+)$/gm)]);
  return Object.fromEntries(exported.map(([, name = '', value = '']) => [name, here(value)]));
}

async function newReader(page: Page, env: Reader['env']): Promise<Omit<Reader, 'here'>> {
  const folder = await mkdtemp(path.join(workshop.folder, 'reader-'));
  for (const { name, text } of shownFiles(page)) await writeFile(path.join(folder, name), text);
  return { folder, env: { ...env, HOME: folder } };
}

async function check(page: Page, shown: Shown, reader: Reader): Promise<void> {
  const out = await runShown(shown, reader).catch((error) => fail(page, shown.commands, error));
  if (!shown.answer) return;
  const { expected, found } = comparable(shown.answer, out);
  expect(found, `${page.file}:${shown.commands.line}`).toBe(expected);
}

function fail({ file }: Page, { line }: Block, { message }: Error): never {
  throw new Error(`${file}:${line}: ${message}`);
}

describe('what the pages show', () => {
  it('is shown by README.md, at least', () => {
    expect(pages.map(({ file }) => file)).toContain('README.md');
  });

  it.for(pages)('is what happens: $file', { timeout: SLOW_MS }, async (page, { skip }) => {
    if (!hasTools) skip('bash and curl are not on the path');
    await (usesTerminals(page) ? followTerminals(page) : follow(page));
  });
});
