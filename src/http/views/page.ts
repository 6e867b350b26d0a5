import type { Listing } from '../../queries/listing.ts';

/** One page of a list with each entry as clients see it. */
export function pageJson<R, T>({ data, nextCursor }: Listing<R>, view: (row: R) => T) {
  return { data: data.map(view), nextCursor };
}
