import type { AsOf } from '../queries/refusals.ts';
import { parseTime } from './times.ts';

const POSITION = /^\d{1,16}$/;

/** `asOf` is a position of the log, or an RFC 3339 time. NaN where the text is neither. */
export function parseAsOf(text: string): AsOf {
  if (!POSITION.test(text)) return { time: parseTime(text) };
  const position = Number(text);
  return { position: Number.isSafeInteger(position) ? position : Number.NaN };
}

/** What is wrong with the text of an `asOf`, as the end of a sentence, or null. */
export function asOfProblem(text: string): string | null {
  const moment = parseAsOf(text);
  return Number.isNaN('time' in moment ? moment.time : moment.position)
    ? 'must be a position, or an RFC 3339 time with its offset, as 2026-01-31T08:00:00Z (+ is written %2B)'
    : null;
}
