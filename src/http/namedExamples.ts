/** Keyword for the names of a schema's `examples`, in their order. */
export const EXAMPLE_NAMES = 'x-example-names';

/** Examples of a schema that readers choose from, each by what it is for. */
export function named(examples: { readonly [name: string]: unknown }) {
  return { examples: Object.values(examples), [EXAMPLE_NAMES]: Object.keys(examples) };
}
