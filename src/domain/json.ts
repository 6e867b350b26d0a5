/** What JSON can hold; metadata and attributes are objects of it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** One text for equal values: object members sorted by name. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_name, member: Json) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
