import type { Answer } from '../../../src/ledger/ledger.ts';
import type { Outcome } from '../../../src/ledger/outcome.ts';

/** What came of one command, in a word: a status, `ok`, or the refusal's code. */
export function inAWord(answer: Answer): string {
  if (answer.kind === 'keyReused') return 'idempotency_key_reused';
  if (answer.kind === 'refused') return answer.refusal.code;
  const [item] = answer.items;
  return item ? wordOf(item.outcome) : 'ok';
}

function wordOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'refused':
      return outcome.refusal.code;
    case 'reservation':
      return outcome.reservation.status;
    case 'transfer':
      return outcome.transfer.status;
    case 'keyReused':
      return 'idempotency_key_reused';
    case 'removing':
      return 'removing';
    default:
      return 'ok';
  }
}
