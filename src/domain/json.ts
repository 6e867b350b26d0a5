import { textProblem } from './identifiers.ts';
import { JSON_NESTING_MAX } from './limits.ts';

/** What JSON can hold; metadata and attributes are objects of it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** One text for equal values that JSON can hold: object members sorted by name. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

export const NESTED_TOO_DEEP = `must not be nested deeper than ${JSON_NESTING_MAX} levels`;

const TEXT_RULE = { codePointsMax: Number.POSITIVE_INFINITY };

/**
 * What is wrong with JSON that is to be kept as it is, as the end of a sentence ("must ..."), or null. It must come back
 * the same from every engine and every client: no number that JSON cannot hold, and no name that JavaScript gives a
 * meaning of its own.
 */
export function jsonProblem(value: unknown, levels = JSON_NESTING_MAX): string | null {
  if (typeof value === 'string') return textProblem(value, TEXT_RULE);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : 'must not hold a number beyond 1.7e308';
  }
  if (typeof value !== 'object' || value === null) return null;
  if (levels === 0) return NESTED_TOO_DEEP;
  const problems = Object.entries(value).map(
    ([name, member]) => nameProblem(name) ?? jsonProblem(member, levels - 1),
  );
  return problems.find((problem) => problem !== null) ?? null;
}

function nameProblem(name: string): string | null {
  return name === '__proto__' ? 'must not name a member __proto__' : textProblem(name, TEXT_RULE);
}
