import { ProblemError } from './problem.ts';

/** A request's path, as it was sent. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/**
 * The parser of queries makes something of everything, so that a SKU which came as broken UTF-8 would be looked up under
 * another name. (What is wrong with a path, the router says.)
 * @throws {ProblemError} for a query that is not percent-encoded UTF-8
 */
export function refuseBadQuery(url: string): void {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return;
  try {
    decodeURIComponent(url.slice(start));
  } catch {
    const detail = 'The query is not well-formed percent-encoding of UTF-8.';
    throw new ProblemError('malformed_http', detail);
  }
}
