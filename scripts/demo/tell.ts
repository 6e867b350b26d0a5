import process from 'node:process';
import type { Outcome } from './api.ts';
import type { Page } from './books.ts';

let steps = 0;

export function step(title: string): void {
  steps += 1;
  process.stdout.write(`\n${steps}. ${title}\n`);
}

export function say(text: string): void {
  process.stdout.write(`   ${text}\n`);
}

/** What was tried, and what came of it: of a refusal what the ledger says, and where it says there is more. */
export function tell(what: string, outcome: Outcome<unknown>): void {
  const ms = `${outcome.ms.toFixed(0)} ms`;
  if (outcome.done) {
    say(`${what}: done, in ${ms}`);
    return;
  }
  const { code, detail, shortages = [] } = outcome.problem;
  const elsewhere = shortages.flatMap((shortage) => shortage.elsewhere ?? []);
  const more = elsewhere.map(({ node, available }) => ` ${node} had ${available} when last heard.`);
  say(`${what}: refused, in ${ms}`);
  say(`  ${code}: ${detail}${more.join('')}`);
}

const LABEL_WIDTH = 24;
const CELL_WIDTH = 9;

const ROWS: readonly (readonly [string, (page: Page) => number | string])[] = [
  ['came in', ({ cameIn }) => cameIn],
  ['handed over', ({ handedOver }) => handedOver],
  ['left on the shelf', ({ cameIn, handedOver }) => cameIn - handedOver],
  ['  the shop may sell', ({ ofShop }) => ofShop],
  ['  the hub may sell', ({ ofHub }) => ofHub],
  ['  promised', ({ promised }) => promised],
  ['  between the two', ({ onTheWay }) => onTheWay],
  ['the books agree', ({ agrees }) => (agrees ? 'yes' : 'NO')],
];

/** A column for each shop. @param rows labels of the rows; all unless given */
export function table(pages: readonly Page[], labels?: readonly string[]): void {
  say(
    row(
      '',
      pages.map(({ location }) => location),
    ),
  );
  for (const [label, cell] of ROWS) {
    if (labels === undefined || labels.includes(label.trim())) say(row(label, pages.map(cell)));
  }
}

function row(label: string, cells: readonly (number | string)[]): string {
  const shown = cells.map((cell) => String(cell).padStart(CELL_WIDTH));
  return `${label.padEnd(LABEL_WIDTH)}${shown.join('')}`;
}
