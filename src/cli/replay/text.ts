/** The text as the ledger takes it: without control characters, cut off after `codePointsMax`. */
export function plainText(text: string, codePointsMax: number): string {
  const plain = text.toWellFormed().replace(/\p{Cc}/gu, ' ');
  // A code point takes one or two units, so what is this short need not be looked through.
  return plain.length <= codePointsMax ? plain : [...plain].slice(0, codePointsMax).join('');
}
