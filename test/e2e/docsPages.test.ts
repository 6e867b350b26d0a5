import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  anchors,
  type Block,
  localLinks,
  type Page,
  ROOT,
  readPage,
  readPages,
} from '../support/documents.ts';
import { connected, createTestDatabase } from '../support/postgres/testDatabase.ts';

const pages = readPages();

/** A link that leads nowhere, as `page -> link`. */
function brokenLinks(page: Page): string[] {
  const folder = path.dirname(page.file);
  return localLinks(page)
    .filter((link) => !leadsSomewhere(page, folder, link))
    .map((link) => `${page.file} -> ${link}`);
}

function leadsSomewhere(page: Page, folder: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? page.file : path.posix.join(folder, decodeURI(target));
  if (!existsSync(path.join(ROOT, file))) return false;
  return anchor === undefined || (file.endsWith('.md') && anchors(readPage(file)).has(anchor));
}

describe('the documents', () => {
  it('link to pages and headings that exist', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it('are all reached from README.md', () => {
    const reached = new Set<string>();
    const visit = (file: string) => {
      if (reached.has(file) || !file.endsWith('.md') || !existsSync(path.join(ROOT, file))) return;
      reached.add(file);
      const targets = localLinks(readPage(file)).map((link) => link.split('#')[0] ?? '');
      for (const target of targets) {
        if (target !== '') visit(path.posix.join(path.dirname(file), target));
      }
    };
    visit('README.md');
    expect(pages.map(({ file }) => file).filter((file) => !reached.has(file))).toEqual([]);
  });

  it('name no script of package.json that is not there', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const named = pages.flatMap(({ prose, blocks }) =>
      [
        ...`${prose}\n${blocks.map(({ text }) => text).join('\n')}`.matchAll(/npm run ([a-z:]+)/g),
      ].map(([, script = '']) => script),
    );
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

const DIAGRAMS = ['flowchart', 'sequenceDiagram', 'stateDiagram-v2', 'erDiagram'];
const isDiagram = ({ info }: Block) => info === 'mermaid';

/** The faults that are made most easily. Mermaid itself needs a browser, and is not worth installing for this. */
function diagramFaults({ text }: Block): string[] {
  const [kind = ''] = text.trim().split(/\s/);
  const faults = DIAGRAMS.includes(kind) ? [] : [`unknown kind ${kind}`];
  if (kind === 'sequenceDiagram' && text.includes(';')) faults.push('a semicolon ends a line');
  for (const [open = '', close = ''] of ['()', '[]', '{}']) {
    const shapes = text.replace(/"[^"]*"/g, '').replace(/[|}o][|o]--[|o][|{o]/g, '');
    if (shapes.split(open).length !== shapes.split(close).length) faults.push(`${open} unbalanced`);
  }
  if (text.split('"').length % 2 === 0) faults.push('a quotation mark is missing');
  return faults;
}

describe('diagrams', () => {
  const diagrams = pages.flatMap(({ file, blocks }) =>
    blocks.filter(isDiagram).map((block) => ({ at: `${file}:${block.line}`, block })),
  );

  it.each(diagrams)('are well formed: $at', ({ block }) => {
    expect(diagramFaults(block)).toEqual([]);
  });

  const [sqlite, postgres] = readPage('docs/reference/database.md').blocks.filter(isDiagram);

  it('show the SQLite database as the migrations make it', () => {
    expect(drawnTables(sqlite)).toEqual(sqliteTables());
  });

  it('show the PostgreSQL database as the migrations make it', async () => {
    expect(drawnTables(postgres)).toEqual(await postgresTables());
  });
});

type Tables = Record<string, readonly string[]>;

/** Tables with their columns, each as `TYPE name`. */
function drawnTables(diagram: Block | undefined): Tables {
  const tables: Tables = {};
  for (const [, name = '', body = ''] of (diagram?.text ?? '').matchAll(
    /^ {2}(\w+) \{\n([^}]*)\}/gm,
  )) {
    tables[name] = [...body.matchAll(/^ *(\w+ \w+)/gm)].map(([, column = '']) => column);
  }
  return tables;
}

function sqliteTables(): Tables {
  const db = new DatabaseSync(':memory:');
  const folder = path.join(ROOT, 'src/storage/sqlite/migrations');
  for (const file of readdirSync(folder).sort())
    db.exec(readFileSync(path.join(folder, file), 'utf8'));
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const tables = names.map(({ name }) => {
    const columns = db.prepare(`SELECT type, name FROM pragma_table_info('${name}')`).all();
    return [String(name), columns.map((column) => `${column['type']} ${column['name']}`)] as const;
  });
  db.close();
  return Object.fromEntries(tables);
}

const POSTGRES_COLUMNS = `
  SELECT relname AS table, array_agg(type || ' ' || attname ORDER BY attnum) AS columns
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid,
    replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz') AS type
  WHERE relnamespace = current_schema::regnamespace AND relkind = 'r' AND attnum > 0
  GROUP BY relname`;

async function postgresTables(): Promise<Tables> {
  const database = await createTestDatabase();
  const { rows } = await connected(database.url, (client) => client.query(POSTGRES_COLUMNS));
  await database.drop();
  return Object.fromEntries(rows.map(({ table, columns }) => [table, columns]));
}
