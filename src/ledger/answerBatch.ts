import { invariant } from '../domain/invariant.ts';
import type { Stamp } from '../domain/stamp.ts';
import type { DecidedAnswer } from './decidedAnswer.ts';
import { StoreUnavailableError } from './errors.ts';
import type { LedgerObserver } from './observer.ts';
import { type Erasables, repeatedReservations, stampAnswer } from './stampAnswer.ts';
import type { LedgerStore } from './store.ts';
import type { Pending, QueueAnswer } from './waitingWorks.ts';

export interface AnswerParts {
  readonly store: Pick<LedgerStore, 'readErasable'>;
  readonly observer: Pick<LedgerObserver, 'failed'>;
}

/**
 * Answers the works of a commit that is durable: from here on nothing may end in its being done again, so this never
 * throws.
 */
export async function answerBatch(
  parts: AnswerParts,
  batch: readonly Pending[],
  answers: readonly DecidedAnswer[],
  stamp: Stamp,
): Promise<void> {
  const erasables = await readErasables(parts, answers);
  for (const [i, { resolve, reject }] of batch.entries()) {
    try {
      resolve(finalAnswer(answers[i], stamp, erasables));
    } catch (error) {
      reject(error);
    }
  }
}

/** @returns the error when they cannot be read: then only what repeats an earlier answer has to be asked for again */
async function readErasables(
  { store, observer }: AnswerParts,
  answers: readonly DecidedAnswer[],
): Promise<Erasables | Error> {
  const ids = repeatedReservations(answers);
  if (ids.length === 0) return new Map();
  try {
    return await store.readErasable(ids);
  } catch (error) {
    observer.failed(error);
    return new StoreUnavailableError('a repeated answer could not be read', { cause: error });
  }
}

/** @throws what kept the reference and metadata of a repeated answer from being read */
function finalAnswer(
  answer: DecidedAnswer | undefined,
  stamp: Stamp,
  erasables: Erasables | Error,
): QueueAnswer {
  invariant(answer !== undefined, 'each work of a commit was decided');
  if (!(erasables instanceof Error)) return stampAnswer(answer, stamp, erasables);
  if (repeatedReservations([answer]).length > 0) throw erasables;
  return stampAnswer(answer, stamp, new Map());
}
