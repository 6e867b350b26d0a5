/** The text, cut off after `count` code points. */
export function firstCodePoints(text: string, count: number): string {
  // A code point takes one or two units, so what is this short need not be looked through.
  return text.length <= count ? text : [...text].slice(0, count).join('');
}
