/** What of a record changes, in words: `name "a" -> "b", category none -> "c"`. Empty when nothing does. */
export function changedColumns(before: Texts, after: Texts): string {
  return Object.keys(after)
    .filter((column) => before[column] !== after[column])
    .map((column) => `${column} ${spelled(before[column])} -> ${spelled(after[column])}`)
    .join(', ');
}

type Texts = { readonly [column: string]: string | null };

function spelled(text: string | null | undefined): string {
  return text === null || text === undefined ? 'none' : JSON.stringify(text);
}
