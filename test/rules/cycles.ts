import type { Module, Violation } from './source.ts';

/** No file imports itself by way of others. Each cycle is reported once, with the way around. */
export function checkCycles(modules: readonly Module[]): Violation[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const violations: Violation[] = [];

  function visit(module: Module, trail: readonly string[]): void {
    if (done.has(module.path)) return;
    const here = [...trail, module.path];
    for (const { target, line } of module.imports) {
      const imported = byPath.get(target);
      if (imported === undefined) continue;
      if (here.includes(target)) violations.push(cycle(module.path, line, here, target));
      else visit(imported, here);
    }
    done.add(module.path);
  }

  for (const module of modules) visit(module, []);
  return violations;
}

function cycle(path: string, line: number, trail: readonly string[], target: string): Violation {
  const way = [...trail.slice(trail.indexOf(target)), target].join(' -> ');
  return { path, line, message: `closes an import cycle: ${way}` };
}
