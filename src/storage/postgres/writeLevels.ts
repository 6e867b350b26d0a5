import { invariant } from '../../domain/invariant.ts';
import type { Level } from '../../domain/stock.ts';
import type { Change } from '../../ledger/store.ts';
import { numbers } from './arrays.ts';
import type { PartText, WriteStatement } from './writeStatement.ts';

interface WrittenLevel {
  readonly id: number;
  readonly before: number;
  readonly level: Level;
}

/**
 * Writes each level over the version that it was decided on, or makes it.
 * @param levelId what a level is known as
 */
export function addLevels(
  write: WriteStatement<unknown>,
  changes: Iterable<Change<Level>>,
  levelId: (of: Level) => number,
): void {
  const made: WrittenLevel[] = [];
  const changed: WrittenLevel[] = [];
  for (const { before, after } of changes) {
    invariant(after !== undefined, 'a level is never removed');
    const written = { id: levelId(after), before: before?.version ?? 0, level: after };
    (written.before === 0 ? made : changed).push(written);
  }
  if (made.length > 0) write.add('new_levels', insertion(made));
  if (changed.length > 0) {
    write.add('changed_levels', update(changed));
    write.expect('changed_levels', changed.length);
  }
}

function insertion(levels: readonly WrittenLevel[]): PartText {
  return (parameter) => `
    INSERT INTO levels (id, available, reserved, committed, unavailable, version, updated_at)
    SELECT id, available, reserved, committed, unavailable, version, head.time
    FROM head, unnest(
      ${parameter(numbers(levels.map(({ id }) => id)), 'bigint[]')},
      ${balances(levels, parameter)}
    ) AS made (id, available, reserved, committed, unavailable, version)`;
}

function update(levels: readonly WrittenLevel[]): PartText {
  return (parameter) => `
    UPDATE levels
    SET available = changed.available, reserved = changed.reserved, committed = changed.committed,
      unavailable = changed.unavailable, version = changed.version, updated_at = head.time
    FROM head, unnest(
      ${parameter(numbers(levels.map(({ id }) => id)), 'bigint[]')},
      ${parameter(numbers(levels.map(({ before }) => before)), 'bigint[]')},
      ${balances(levels, parameter)}
    ) AS changed (id, before, available, reserved, committed, unavailable, version)
    WHERE levels.id = changed.id AND levels.version = changed.before
    RETURNING levels.id`;
}

function balances(levels: readonly WrittenLevel[], parameter: Parameters<PartText>[0]): string {
  const rows = levels.map(({ level }) => level);
  return [
    parameter(numbers(rows.map(({ available }) => available)), 'bigint[]'),
    parameter(numbers(rows.map(({ reserved }) => reserved)), 'bigint[]'),
    parameter(numbers(rows.map(({ committed }) => committed)), 'bigint[]'),
    parameter(numbers(rows.map(({ unavailable }) => unavailable)), 'bigint[]'),
    parameter(numbers(rows.map(({ version }) => version)), 'bigint[]'),
  ].join(', ');
}
