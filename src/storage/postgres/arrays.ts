// Arrays as PostgreSQL writes them, https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. The driver can do
// this for values of any kind, and takes several times as long.

const NEEDS_ESCAPE = /[\\"]/;
const ESCAPED = /[\\"]/g;

export function numbers(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}

export function numbersOrNull(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

export function texts(values: readonly (string | null)[]): string {
  let list = '';
  for (const value of values) {
    if (list !== '') list += ',';
    list += value === null ? 'NULL' : quoted(value);
  }
  return `{${list}}`;
}

function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? `"${text.replace(ESCAPED, '\\$&')}"` : `"${text}"`;
}
