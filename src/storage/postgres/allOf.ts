import { FollowUpError } from './errors.ts';

/**
 * Waits for statements that were sent one after the other in a transaction. When one fails, all that follow fail for that.
 * @throws the error of the first one that failed, whichever is heard of first
 */
export async function allOf<T extends readonly unknown[] | []>(
  sent: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const settled = await Promise.allSettled(sent);
  const failed = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const cause = failed.find((error) => !(error instanceof FollowUpError));
  if (failed.length > 0) throw cause ?? failed[0];
  return Promise.all(sent);
}
