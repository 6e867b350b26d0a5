import { usesOf } from './globals.ts';
import { isNode, type Module, type SyntaxNode, type Violation, walk } from './source.ts';

const READERS = ['src/main.ts', 'src/config.ts'];
const PROCESS_MODULES = ['process', 'node:process'];

/** Configuration is parsed once and passed in: nothing else in the product reads the environment. */
export function checkEnvironment(modules: readonly Module[]): Violation[] {
  return modules
    .filter(({ path }) => !READERS.includes(path))
    .flatMap((module) =>
      [...memberReads(module), ...importedReads(module)].map((line) => ({
        path: module.path,
        line,
        message:
          'reads process.env; add a setting to src/config/settings.ts and take it as an argument',
      })),
    );
}

function memberReads(module: Module): number[] {
  const names = ['process', ...processAliases(module)];
  return usesOf(module)
    .filter(({ name, member }) => names.includes(name) && takesEnv(member))
    .map(({ line }) => line);
}

function takesEnv(member: string | undefined): boolean {
  return member !== undefined && /(^|,)(env|\*)(,|$)/.test(member);
}

function importedReads(module: Module): number[] {
  return processImports(module)
    .filter(({ imported }) => nameOf(imported) === 'env')
    .map((specifier) => module.lineOf(specifier.start));
}

function processAliases(module: Module): string[] {
  return processImports(module)
    .filter(({ imported }) => imported === undefined || nameOf(imported) === 'default')
    .map(({ local }) => nameOf(local));
}

function processImports({ program }: Module): SyntaxNode[] {
  const specifiers: SyntaxNode[] = [];
  walk(program, (node) => {
    if (node.type !== 'ImportDeclaration') return true;
    const source = isNode(node['source']) ? node['source']['value'] : undefined;
    if (PROCESS_MODULES.includes(String(source))) {
      specifiers.push(...(node['specifiers'] as SyntaxNode[]));
    }
    return false;
  });
  return specifiers;
}

function nameOf(node: unknown): string {
  return isNode(node) ? String(node['name'] ?? node['value']) : '';
}
