import { classify, type Meaning } from './classify.ts';
import { badFile } from './records.ts';
import type { Row } from './rows.ts';
import { type Scope, withinScope } from './scope.ts';
import type { Survey, SurveyedInvoice } from './survey.ts';

/** One thing to play. */
export type Operation = OpeningOperation | InvoiceOperation | LineOperation;

/** Stock that is invented, so that what the file sells is there. */
export interface OpeningOperation {
  readonly kind: 'opening';
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly code: string;
  readonly quantity: number;
}

export interface InvoiceOperation {
  readonly kind: 'invoice';
  readonly invoice: string;
  /** The line at which the invoice is complete, and its time in milliseconds since 1970. */
  readonly line: number;
  readonly time: number;
  /** Units by code; lines of the file that name the same code are added up. */
  readonly units: ReadonlyMap<string, number>;
  /** Lines of the file that it has. */
  readonly lines: number;
}

export interface LineOperation {
  readonly kind: 'return' | 'writeOff' | 'find';
  readonly invoice: string;
  readonly line: number;
  readonly time: number;
  readonly code: string;
  /** Positive. */
  readonly quantity: number;
  readonly description: string;
}

interface OpenInvoice {
  readonly units: Map<string, number>;
  lines: number;
}

const DAY_MS = 86_400_000;

/** The opening stock, there from the first midnight on; then the file in its order. */
export async function* allOperations(
  rows: AsyncIterable<Row>,
  survey: Survey,
  scope: Scope,
  onSkip: OnSkip,
): AsyncGenerator<Operation> {
  const time = openingTime(survey);
  for (const [code, { openingUnits }] of survey.products) {
    if (openingUnits > 0) yield { kind: 'opening', time, code, quantity: openingUnits };
  }
  yield* fileOperations(rows, survey, scope, onSkip);
}

/** Midnight of the first day. Milliseconds since 1970. */
export function openingTime({ firstTime }: Survey): number {
  return firstTime - (firstTime % DAY_MS);
}

type OnSkip = (meaning: Meaning, quantity: number) => void;

/** The second pass: what the lines of the file ask for. Holds only invoices whose last line is still to come. */
async function* fileOperations(
  rows: AsyncIterable<Row>,
  survey: Survey,
  scope: Scope,
  onSkip: OnSkip,
): AsyncGenerator<Operation> {
  const open = new Map<string, OpenInvoice>();
  for await (const row of rows) {
    if (!withinScope(scope, row)) return;
    const meaning = classify(row);
    if (meaning.kind === 'skip') {
      onSkip(meaning, row.quantity);
    } else if (meaning.kind === 'sale') {
      const invoice = takeSale(open, row, surveyed(survey, row));
      if (invoice) yield invoice;
    } else {
      yield lineOperation(meaning.kind, row);
    }
  }
}

function surveyed(survey: Survey, { invoice, line }: Row): SurveyedInvoice {
  const known = survey.invoices.get(invoice);
  if (known !== undefined) return known;
  throw badFile(`line ${line}: the file changed while it was played`);
}

/** @returns the invoice when this is its last line */
function takeSale(
  open: Map<string, OpenInvoice>,
  { invoice, code, quantity, line, time }: Row,
  { lastLine }: SurveyedInvoice,
): InvoiceOperation | undefined {
  const content = open.get(invoice) ?? { units: new Map<string, number>(), lines: 0 };
  content.units.set(code, (content.units.get(code) ?? 0) + quantity);
  content.lines += 1;
  if (line < lastLine) {
    open.set(invoice, content);
    return undefined;
  }
  open.delete(invoice);
  return { kind: 'invoice', invoice, line, time, units: content.units, lines: content.lines };
}

function lineOperation(kind: LineOperation['kind'], row: Row): LineOperation {
  const { invoice, line, time, code, description } = row;
  return { kind, invoice, line, time, code, quantity: Math.abs(row.quantity), description };
}
