import type { Refusal } from '../domain/refusals.ts';
import type { ShortAnswer, UnlocatedAnswer } from './ledger.ts';
import type { DecidedOutcome } from './outcome.ts';
import type { KeyRecord } from './store.ts';

/** An answer before its commit is stamped. */
export type DecidedAnswer =
  | {
      readonly kind: 'done';
      readonly items: readonly DecidedItem[];
      readonly replay: KeyRecord | null;
    }
  | {
      readonly kind: 'refused';
      readonly index: number;
      readonly refusal: Refusal;
      readonly replay: KeyRecord | null;
    }
  | { readonly kind: 'keyReused'; readonly index: number | null }
  | ShortAnswer
  | UnlocatedAnswer;

export interface DecidedItem {
  readonly outcome: DecidedOutcome;
  /** The record that the outcome was taken from, when the item's own key was used before. */
  readonly replay: KeyRecord | null;
}
