import { randomUUID } from 'node:crypto';
import { BATCH_COMMANDS_MAX } from '../../domain/limits.ts';
import { REFUSALS } from '../../domain/refusalMeanings.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { CommandError } from '../exitCodes.ts';
import type { ImportFile } from './file.ts';
import type { PlannedChange, PlanPart } from './plan.ts';

const ACTOR = 'import';

/**
 * Makes the changes of a plan in atomic works. What was applied before a fault stays: every line says how it is to be,
 * not what to add, so taking the file in again does the rest and nothing twice.
 * @returns how many changes were made
 * @throws {CommandError} at the first line that is refused
 */
export async function applyImport(
  file: ImportFile,
  parts: AsyncIterable<PlanPart>,
  ledger: Ledger,
): Promise<number> {
  let applied = 0;
  let waiting: PlannedChange[] = [];
  const flush = async () => {
    await applyChanges(file, waiting, ledger);
    applied += waiting.length;
    waiting = [];
  };
  for await (const { changes, bad } of parts) {
    const [first] = bad;
    if (first !== undefined) throw stopped(file, first.line, first.fault);
    if (waiting.length + changes.length > BATCH_COMMANDS_MAX) await flush();
    waiting.push(...changes);
  }
  if (waiting.length > 0) await flush();
  return applied;
}

async function applyChanges(
  file: ImportFile,
  changes: readonly PlannedChange[],
  ledger: Ledger,
): Promise<void> {
  const answer = await ledger.submit({
    actor: ACTOR,
    requestId: randomUUID(),
    items: changes.map(({ command }) => ({ command })),
    atomic: true,
  });
  if (answer.kind !== 'refused') return;
  throw stopped(file, changes[answer.index]?.line ?? 0, REFUSALS[answer.refusal.code].rule);
}

/** The file was found right before, so somebody changed it, or the database, in the meantime. */
function stopped({ path }: ImportFile, line: number, fault: string): CommandError {
  return new CommandError(
    `${path}, line ${line}: ${fault} The database or the file changed while it was taken in; import it again to do the rest.`,
  );
}
