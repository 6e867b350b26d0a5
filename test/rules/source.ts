import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

/** A source text with its path from the root of the repository, with forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string };

/** A source that was parsed: what it imports, and its syntax tree for all else. */
export type Module = {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly program: SyntaxNode;
  readonly lineOf: (offset: number) => number;
};

/** `target` is a path from the root for a relative import, else the specifier as it stands. */
export type Import = { readonly target: string; readonly relative: boolean; readonly line: number };

export type Violation = { readonly path: string; readonly line: number; readonly message: string };

export type SyntaxNode = { readonly type: string; readonly start: number; readonly end: number } & {
  readonly [property: string]: unknown;
};

export type Visit = (node: SyntaxNode, parent: SyntaxNode, key: string) => boolean;

export function parseModule(source: SourceFile): Module {
  const parsed = parseSync(source.path, source.text);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${source.path} cannot be parsed: ${error.message}`);
  const program: SyntaxNode = { ...parsed.program };
  const lineOf = (offset: number) => source.text.slice(0, offset).split('\n').length;
  return { path: source.path, imports: importsOf(source.path, program, lineOf), program, lineOf };
}

/** Visits every node below `node`; `visit` says whether to go on below the one it was given. */
export function walk(node: SyntaxNode, visit: Visit): void {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child) && visit(child, node, key)) walk(child, visit);
    }
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** The sources that are shipped; tests may import and call what they like. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.posix.join(folder, name.replaceAll(path.sep, '/')),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !/\.(test|d)\.ts$/.test(file))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

// Imports of types count too: a rule about who knows whom is not about what is left at run time.
function importsOf(file: string, program: SyntaxNode, lineOf: Module['lineOf']): Import[] {
  const imports: Import[] = [];
  walk(program, (node) => {
    const specifier = isNode(node['source']) ? node['source']['value'] : undefined;
    if (typeof specifier === 'string') imports.push(toImport(file, specifier, lineOf(node.start)));
    return true;
  });
  return imports;
}

function toImport(file: string, specifier: string, line: number): Import {
  if (!specifier.startsWith('.')) return { target: specifier, relative: false, line };
  const target = path.posix.join(path.posix.dirname(file), specifier);
  return { target, relative: true, line };
}
