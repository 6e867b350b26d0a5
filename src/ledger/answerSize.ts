import { AnswerTooLargeError } from './errors.ts';
import type { DecidedOutcome } from './outcome.ts';

/**
 * Lines of reservations and transfers that the answer to one work holds at most: about 50 MB as JSON. A few bytes can
 * ask for thousands of lines, as `extend` does; 5,000 of them for one reservation of 2,000 lines took 5.7 seconds, 1.6 GB
 * of memory, and made a text that no string can hold, so that what was committed could not be answered.
 */
const ANSWER_LINES_MAX = 500_000;

/** Adds up what the outcomes of one work hold. */
export class AnswerSize {
  #lines = 0;

  /** @throws {AnswerTooLargeError} before anything of the work is written */
  add(outcome: DecidedOutcome): void {
    this.#lines += linesOf(outcome);
    if (this.#lines > ANSWER_LINES_MAX) throw new AnswerTooLargeError(ANSWER_LINES_MAX);
  }
}

function linesOf(outcome: DecidedOutcome): number {
  if (outcome.kind === 'reservation') return outcome.reservation.lines.length;
  return outcome.kind === 'transfer' ? outcome.transfer.lines.length : 0;
}
