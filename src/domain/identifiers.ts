import { IDENTIFIER_CODE_POINTS_MAX } from './limits.ts';

/** What a text may hold besides printable characters, and how long it may be. */
export interface TextRule {
  readonly codePointsMax: number;
  /** Line feeds, carriage returns and tabs are allowed. */
  readonly multiline?: boolean;
}

/** Control characters: Unicode category Cc. */
const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_LINE_BREAKS = /(?![\t\n\r])\p{Cc}/u;

/**
 * What is wrong with a SKU or the name of a location, as the end of a sentence ("must ..."), or null.
 * Identifiers are compared byte by byte on every engine, so only one spelling of a text is taken: NFC.
 */
export function identifierProblem(text: string): string | null {
  if (isPlain(text)) return null;
  if (text === '') return 'must not be empty';
  const problem = textProblem(text, { codePointsMax: IDENTIFIER_CODE_POINTS_MAX });
  if (problem !== null) return problem;
  if (text !== text.trim()) return 'must not begin or end with a blank';
  if (text === '.' || text === '..') return 'must not be "." or ".."';
  if (text !== text.normalize('NFC')) return 'must be in Unicode normalisation form NFC';
  return null;
}

/** What is wrong with a text, as the end of a sentence ("must ..."), or null. */
export function textProblem(text: string, rule: TextRule): string | null {
  if (!text.isWellFormed()) return 'must not hold a lone surrogate';
  if ((rule.multiline === true ? CONTROL_BUT_LINE_BREAKS : CONTROL).test(text)) {
    return 'must not hold a control character';
  }
  // A code point takes one or two UTF-16 units, so most texts need not be counted.
  const tooLong = text.length > rule.codePointsMax && codePoints(text) > rule.codePointsMax;
  return tooLong ? `must have at most ${rule.codePointsMax} characters` : null;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The common case, told quickly: printable ASCII without blanks, and no dot in front. */
function isPlain(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > IDENTIFIER_CODE_POINTS_MAX || text.charCodeAt(0) === 0x2e) {
    return false;
  }
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 0x20 || unit >= 0x7f) return false;
  }
  return true;
}
