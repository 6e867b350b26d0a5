import type { Command } from '../../domain/commands.ts';
import type { QueryStore } from '../../queries/store.ts';
import { type ImportFile, type ReadLine, readLines } from './file.ts';
import type { Comparison } from './kind.ts';

/** What a line asks for, where it differs from what the database holds. */
export interface PlannedChange {
  readonly line: number;
  readonly command: Command;
  readonly summary: string;
}

/** A line that cannot be taken in, with the reason. */
export interface BadLine {
  readonly line: number;
  readonly fault: string;
}

/** A stretch of the file, compared with the database. */
export interface PlanPart {
  readonly lines: number;
  readonly changes: readonly PlannedChange[];
  readonly bad: readonly BadLine[];
  /** Bytes of the file that have been read. */
  readonly bytesRead: number;
}

/** Lines that are compared at the same time. */
const PART_LINES_MAX = 500;

/** Compares a file with the database, in the order of its lines. Nothing is changed. */
export async function* planImport(file: ImportFile, queries: QueryStore): AsyncGenerator<PlanPart> {
  const lineOfKey = new Map<string, number>();
  let bytesRead = 0;
  let waiting: ReadLine[] = [];
  for await (const line of readLines(file, (bytes) => (bytesRead = bytes))) {
    waiting.push(withoutDuplicate(line, lineOfKey));
    if (waiting.length < PART_LINES_MAX) continue;
    yield await planPart(waiting, queries, bytesRead);
    waiting = [];
  }
  if (waiting.length > 0) yield await planPart(waiting, queries, bytesRead);
}

function withoutDuplicate(read: ReadLine, lineOfKey: Map<string, number>): ReadLine {
  const { line, content } = read;
  if (typeof content === 'string') return read;
  const first = lineOfKey.get(content.key);
  if (first !== undefined) return { line, content: `says the same as line ${first} anew` };
  lineOfKey.set(content.key, line);
  return read;
}

async function planPart(
  lines: readonly ReadLine[],
  queries: QueryStore,
  bytesRead: number,
): Promise<PlanPart> {
  const compared = await Promise.all(lines.map((line) => compareLine(line, queries)));
  const changes: PlannedChange[] = [];
  const bad: BadLine[] = [];
  for (const { line, comparison } of compared) {
    if (comparison.kind === 'fault') bad.push({ line, fault: comparison.fault });
    if (comparison.kind === 'differs') changes.push({ line, ...comparison });
  }
  return { lines: lines.length, changes, bad, bytesRead };
}

async function compareLine({ line, content }: ReadLine, queries: QueryStore) {
  const comparison: Comparison =
    typeof content === 'string'
      ? { kind: 'fault', fault: content }
      : await content.compare(queries);
  return { line, comparison };
}
