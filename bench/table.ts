/** One column: its heading, and how its cell is written. Numbers go to the right, text to the left. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string;
  readonly isText?: boolean;
}

/** Rows as lines of equal width. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) =>
    line.map((text, i) => pad(text, widths[i] ?? 0, columns[i])).join('  '),
  );
}

function pad<Row>(text: string, width: number, column: Column<Row> | undefined): string {
  return column?.isText ? text.padEnd(width) : text.padStart(width);
}

/** A count without decimals, with thousands set apart. */
export function whole(value: number | null): string {
  return decimals(value, 0);
}

/** Empty for what does not apply. */
export function decimals(value: number | null, digits: number): string {
  if (value === null || Number.isNaN(value)) return '';
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
