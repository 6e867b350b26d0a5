/** One line of a CSV file (RFC 4180, with a line feed at its end). Null and undefined are empty fields. */
export function csvLine(fields: readonly (string | number | null | undefined)[]): string {
  return `${fields.map(csvField).join(',')}\n`;
}

// A blank at either end is quoted too, because some readers trim what is not.
function csvField(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
