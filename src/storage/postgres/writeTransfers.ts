import { invariant } from '../../domain/invariant.ts';
import { THIS_COMMIT } from '../../domain/stamp.ts';
import type { Transfer } from '../../domain/transfer.ts';
import type { Change } from '../../ledger/store.ts';
import { keptTransferLines } from '../rows/transfers.ts';
import { numbers, texts } from './arrays.ts';
import type { PartText, WriteStatement } from './writeStatement.ts';

/** A transfer before and after the commit. */
interface Changed {
  readonly before: Transfer;
  readonly after: Transfer;
}

/**
 * What is heard of a transfer from other nodes touches none of its levels here, so their locks do not guard it: it is
 * written over what was read, or there is a conflict.
 */
export function addTransfers(
  write: WriteStatement<unknown>,
  changes: Iterable<Change<Transfer>>,
): void {
  const made: Transfer[] = [];
  const changed: Changed[] = [];
  for (const { before, after } of changes) {
    invariant(after !== undefined, 'a transfer is never removed');
    if (before) changed.push({ before, after });
    else made.push(after);
  }
  if (made.length > 0) write.add('new_transfers', insertion(made));
  if (changed.length > 0) {
    write.add('changed_transfers', update(changed));
    write.expect('changed_transfers', changed.length);
  }
}

function insertion(made: readonly Transfer[]): PartText {
  return (parameter) => `
    INSERT INTO transfers
      (id, status, from_location, to_location, reference, lines, created_at, updated_at)
    SELECT made.*, head.time, head.time FROM head, unnest(
      ${parameter(texts(made.map(({ id }) => id)), 'text[]')},
      ${parameter(texts(made.map(({ status }) => status)), 'text[]')},
      ${parameter(texts(made.map(({ from }) => from)), 'text[]')},
      ${parameter(texts(made.map(({ to }) => to)), 'text[]')},
      ${parameter(texts(made.map(({ reference }) => reference)), 'text[]')},
      ${parameter(texts(made.map(keptTransferLines)), 'text[]')}
    ) AS made`;
}

function update(changes: readonly Changed[]): PartText {
  const changed = changes.map(({ after }) => after);
  const seen = changes.map(({ before }) => before);
  return (parameter) => `
    UPDATE transfers
    SET status = changed.status, from_location = changed.from_location,
      to_location = changed.to_location, reference = changed.reference, lines = changed.lines,
      updated_at = CASE changed.updated_at WHEN ${THIS_COMMIT} THEN head.time ELSE changed.updated_at END
    FROM head, unnest(
      ${parameter(texts(changed.map(({ id }) => id)), 'text[]')},
      ${parameter(texts(changed.map(({ status }) => status)), 'text[]')},
      ${parameter(texts(changed.map(({ from }) => from)), 'text[]')},
      ${parameter(texts(changed.map(({ to }) => to)), 'text[]')},
      ${parameter(texts(changed.map(({ reference }) => reference)), 'text[]')},
      ${parameter(numbers(changed.map(({ updatedAt }) => updatedAt)), 'bigint[]')},
      ${parameter(texts(changed.map(keptTransferLines)), 'text[]')},
      ${parameter(texts(seen.map(({ from }) => from)), 'text[]')},
      ${parameter(texts(seen.map(keptTransferLines)), 'text[]')}
    ) AS changed (id, status, from_location, to_location, reference, updated_at, lines, seen_from, seen_lines)
    WHERE transfers.id = changed.id AND transfers.lines = changed.seen_lines
      AND transfers.from_location IS NOT DISTINCT FROM changed.seen_from
    RETURNING transfers.id`;
}
