import type { CommandType } from './commands.ts';
import type { EventDraft } from './events.ts';
import type { RefusalOf } from './refusalPrecedence.ts';
import type { Refusal } from './refusals.ts';

/** What the rules answer: the events that happen (none when the command asks for what is so already), or a refusal. */
export type Decision<R extends Refusal = Refusal> =
  | { readonly accepted: true; readonly events: readonly EventDraft[] }
  | { readonly accepted: false; readonly refusal: R };

export type DecisionOf<T extends CommandType> = Decision<RefusalOf<T>>;

const NOTHING: { readonly accepted: true; readonly events: readonly EventDraft[] } = {
  accepted: true,
  events: [],
};

export function accept(events: readonly EventDraft[]): Decision<never> {
  return events.length === 0 ? NOTHING : { accepted: true, events };
}

export function refuse<R extends Refusal>(refusal: R): Decision<R> {
  return { accepted: false, refusal };
}
