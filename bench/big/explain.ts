/** What PostgreSQL did for one statement. */
export interface Explained {
  /** On one line. */
  readonly statement: string;
  readonly plan: readonly string[];
}

/** What is asked once, when a server starts. */
const AT_THE_START = /holdfast_migrations|FROM node$|frozen AS reason/;

/** Characters of a statement that are shown. */
const SHOWN_MAX = 160;

/** Parameters of a connection whose statements are all logged with their plans. Its user must be a superuser. */
const EXPLAINING = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
};

/** The address of the same database for a server that is to be looked at. */
export function explaining(database: string): string {
  const url = new URL(database);
  const options = Object.entries(EXPLAINING).map(([name, value]) => `-c ${name}=${value}`);
  url.searchParams.set('options', options.join(' '));
  return url.href;
}

/** The plans in what PostgreSQL has logged, one of each statement, with the most work of all its executions. */
export function plansIn(log: string): Explained[] {
  const found = new Map<string, Explained>();
  for (const entry of log.split(/^(?=\S)/m)) {
    const [, text] = /plan:\n\tQuery Text: ([\s\S]*)/.exec(entry) ?? [];
    if (text === undefined) continue;
    const explained = readEntry(text);
    if (AT_THE_START.test(explained.statement)) continue;
    const known = found.get(explained.statement);
    if (known === undefined || bufferCount(explained) >= bufferCount(known)) {
      found.set(explained.statement, explained);
    }
  }
  return [...found.values()];
}

/** A statement and its plan; of its lines all but the first begin with a tab, and those of a plan name a cost. */
function readEntry(text: string): Explained {
  const lines = text.trimEnd().split('\n');
  const start = lines.findIndex((line) => /^\t\S.*\(cost=/.test(line));
  const head = start === -1 ? lines : lines.slice(0, start);
  return {
    statement: head.join(' ').replace(/\s+/g, ' ').trim(),
    plan: start === -1 ? [] : lines.slice(start).map((line) => line.replace(/^\t/, '')),
  };
}

function bufferCount({ plan }: Explained): number {
  const [, hit = '0'] = /Buffers: shared hit=(\d+)/.exec(plan.join('\n')) ?? [];
  return Number(hit);
}

/** Tables that a plan reads from one end to the other, of those that grow with history. */
export function scannedTables({ plan }: Explained): string[] {
  return [
    ...plan.join('\n').matchAll(/Seq Scan on (events|levels|level_ids|reservations|products)\b/g),
  ].map(([, table = '']) => table);
}

export function explainedLines({ statement, plan }: Explained): string[] {
  const shown =
    statement.length > SHOWN_MAX ? `${statement.slice(0, SHOWN_MAX).trimEnd()} ...` : statement;
  return ['', `-- ${shown}`, ...plan];
}
