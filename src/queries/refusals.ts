import type { RefusalMeaning } from '../domain/refusalMeanings.ts';
import type { Refusal } from '../domain/refusals.ts';

/** A moment of the past: a time in milliseconds since 1970, or a position of the log. */
export type AsOf = { readonly time: number } | { readonly position: number };

/** A question that cannot be answered: a value, not an exception. */
export type QueryRefusal =
  | { readonly code: 'invalid_cursor'; readonly cursor: string }
  /** `latest` is the newest moment that could have been asked about, in the unit of the question. */
  | { readonly code: 'as_of_in_future'; readonly asOf: AsOf; readonly latest: AsOf }
  | { readonly code: 'stock_not_found'; readonly sku: string; readonly location: string }
  | Extract<
      Refusal,
      {
        code:
          | 'product_not_found'
          | 'location_not_found'
          | 'reservation_not_found'
          | 'transfer_not_found'
          | 'node_not_found';
      }
    >;

/** What the refusals mean that only questions meet; the others are in the list of the domain. */
export const QUERY_REFUSALS: {
  readonly [C in Exclude<QueryRefusal['code'], Refusal['code']>]: RefusalMeaning;
} = {
  invalid_cursor: {
    rule: 'A cursor is the nextCursor of a page of the same list with the same filters.',
    retryable: false,
  },
  as_of_in_future: { rule: 'Only the past and the present can be asked about.', retryable: true },
  stock_not_found: {
    rule: 'Stock exists where it was once received or counted.',
    retryable: false,
  },
};

export type QueryResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: QueryRefusal };

export function answer<T>(value: T): QueryResult<T> {
  return { ok: true, value };
}

export function turnDown(refusal: QueryRefusal): QueryResult<never> {
  return { ok: false, refusal };
}

export function answerOr<T>(value: T | undefined, refusal: QueryRefusal): QueryResult<T> {
  return value === undefined ? turnDown(refusal) : answer(value);
}
