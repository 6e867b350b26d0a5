import { parseTime } from '../times.ts';

/** The member of a command that stands for a body's `occurredAt`; none where there was none. */
export function occurred({ occurredAt }: { readonly occurredAt?: string }): {
  readonly occurredAt?: number;
} {
  return occurredAt === undefined ? NEVER : { occurredAt: parseTime(occurredAt) };
}

const NEVER = {};
