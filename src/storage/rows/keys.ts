import type { KeptOutcome } from '../../ledger/outcome.ts';
import type { IdempotencyKey, KeyRecord } from '../../ledger/store.ts';

export type KeyColumns = {
  readonly fingerprint: string;
  readonly outcome: string;
  readonly firstPosition: number;
  readonly time: number;
};

/** Of `idempotency_keys`. */
export const KEY_COLUMNS = 'fingerprint, outcome, first_position AS "firstPosition", time';

export function keyRecordOf({ actor, key }: IdempotencyKey, columns: KeyColumns): KeyRecord {
  const { fingerprint, firstPosition, time } = columns;
  const outcome = JSON.parse(columns.outcome) as KeptOutcome;
  return { actor, key, fingerprint, outcome, stamp: { firstPosition, time } };
}
