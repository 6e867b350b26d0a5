const RFC3339 =
  /^\d{4}-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](\d{2}):(\d{2}))$/;

/** What is wrong with the text of a point in time, as the end of a sentence, or null. */
export function timeProblem(text: string): string | null {
  return Number.isNaN(parseTime(text))
    ? 'must be an RFC 3339 time with its offset, as 2026-01-31T08:00:00Z or 2026-01-31T09:00:00.5+01:00 (in a query, + is written %2B)'
    : null;
}

/**
 * Strict: the day must exist, the offset must be given, and a leap second is refused because the ledger's clock has none.
 * @returns milliseconds since 1970, digits below them cut off; NaN for a text that is not a time
 */
export function parseTime(text: string): number {
  const match = RFC3339.exec(text);
  if (match === null) return Number.NaN;
  const [, month, day, hours, minutes, seconds, offsetHours = '0', offsetMinutes = '0'] = match;
  const inRange =
    Number(day) >= 1 &&
    Number(day) <= daysOf(Number(text.slice(0, 4)), Number(month)) &&
    Number(hours) <= 23 &&
    Number(minutes) <= 59 &&
    Number(seconds) <= 59 &&
    Number(offsetHours) <= 23 &&
    Number(offsetMinutes) <= 59;
  return inRange ? Date.parse(text.toUpperCase()) : Number.NaN;
}

/** 0 for a month that does not exist. */
function daysOf(year: number, month: number): number {
  if (month < 1 || month > 12) return 0;
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/**
 * RFC 3339 with milliseconds, in UTC. All answers of one commit share their times, so the last ones are remembered:
 * formatting takes a third of the time that serialising a reservation does.
 */
export function formatTime(ms: number): string {
  const slot = Math.abs(ms) % REMEMBERED;
  const known = texts[slot];
  if (known !== undefined && times[slot] === ms) return known;
  const text = new Date(ms).toISOString();
  times[slot] = ms;
  texts[slot] = text;
  return text;
}

const REMEMBERED = 256;
const times: number[] = new Array(REMEMBERED).fill(Number.NaN);
const texts: string[] = new Array(REMEMBERED).fill('');

export function formatOptionalTime(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
