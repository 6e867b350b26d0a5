import type { RouteOptions } from 'fastify';
import type { App } from './fastify.ts';
import { ProblemError } from './problem.ts';
import { pathOf } from './urls.ts';

/** Which methods a path can be asked with, for requests that no route took. */
export interface RouteTable {
  allowedAt(path: string): readonly string[];
}

/** Notes every route that is registered from now on. */
export function noteRoutes(app: App): RouteTable {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const known = methods.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  return {
    allowedAt(path) {
      const fitting = [...methods].filter(([url]) => fits(url, path));
      return [...new Set(fitting.flatMap(([, names]) => [...names]))].sort();
    },
  };
}

function fits(url: string, path: string): boolean {
  const steps = url.split('/');
  const given = path.split('/');
  return (
    steps.length === given.length &&
    steps.every((step, i) => (step.startsWith(':') ? given[i] !== '' : step === given[i]))
  );
}

export function noSuchRoute(table: RouteTable, method: string, url: string): ProblemError {
  const allowed = table.allowedAt(pathOf(url));
  if (allowed.length === 0) {
    return new ProblemError(
      'route_not_found',
      'There is no such path; see /docs for those there are.',
    );
  }
  const allow = allowed.join(', ');
  const detail = `${method} is not possible here; ${allow} ${allowed.length === 1 ? 'is' : 'are'}.`;
  return new ProblemError('method_not_allowed', detail, { allow: [...allowed] }, { allow });
}
