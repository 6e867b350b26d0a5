import type { Import, Module, Violation } from './source.ts';

const RULES = ['domain'];
const WRITE_SIDE = ['ledger', ...RULES];
const PARTS = ['catalog', 'queries', 'feed', 'nodes', 'publish', ...WRITE_SIDE];
const ENGINE = ['storage', ...PARTS];
const ENGINES = ['storage/sqlite', 'storage/postgres', 'storage/memory'];
/** Of the storage the edge sees the port only; main.ts chooses the engine. */
const EDGE = [...PARTS, 'storage', 'observability', 'config', 'config.ts'];

/** Where the parts are put together. */
const TOP = [...EDGE, 'http', 'cli', ...ENGINES];

/** What each part may import besides itself; the first that a path lies in is its part. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/domain': [],
  'src/ledger': RULES,
  'src/queries': WRITE_SIDE,
  'src/catalog': WRITE_SIDE,
  'src/feed': ['queries', ...WRITE_SIDE],
  'src/nodes': ['queries', ...WRITE_SIDE],
  'src/publish': ['feed', 'queries', ...WRITE_SIDE],
  'src/storage/sqlite': ENGINE,
  'src/storage/postgres': ENGINE,
  'src/storage/memory': ENGINE,
  'src/storage': PARTS,
  'src/observability': PARTS,
  'src/config': RULES,
  'src/config.ts': ['config', ...RULES],
  'src/http': EDGE,
  'src/cli': EDGE,
  'src/start': TOP,
  'src/main.ts': [...TOP, 'start'],
  client: [],
  web: ['../client'],
};

/** Imports point downward only: main, start -> http, cli -> catalog, queries, feed, nodes, publish -> ledger -> domain. */
export function checkDirection(modules: readonly Module[]): Violation[] {
  return modules.flatMap((module) => {
    const part = partOf(module.path);
    if (part === undefined) return [unplaced(module)];
    return module.imports
      .filter((found) => found.relative && !mayImport(part, found))
      .map((found) => forbidden(module, part, found));
  });
}

function mayImport(part: string, { target }: Import): boolean {
  const imported = partOf(target);
  if (imported === undefined) return false;
  return imported === part || allowed(part).includes(imported);
}

function allowed(part: string): string[] {
  return (MAY_IMPORT[part] ?? []).map((name) => (name === '../client' ? 'client' : `src/${name}`));
}

function partOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((part) => path === part || path.startsWith(`${part}/`));
}

function unplaced({ path }: Module): Violation {
  const message = 'belongs to no part; give it a place in MAY_IMPORT of test/rules/direction.ts';
  return { path, line: 1, message };
}

function forbidden({ path }: Module, part: string, { target, line }: Import): Violation {
  const names = [part, ...allowed(part)].join(', ');
  return { path, line, message: `imports ${target}, but ${part} may import only ${names}` };
}
