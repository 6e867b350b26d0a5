import type { LoggedEvent } from '../domain/events.ts';
import { canonicalJson } from '../domain/json.ts';

/** A cryptographic hash of a text, as text. */
export type Hash = (text: string) => string;

/**
 * The digest of a run of entries: each entry's with that of all before it. Two logs with the same digest at the same
 * position are the same up to there (a hash chain; Haber and Stornetta 1991).
 * @param digest of the entries before; `NO_DIGEST` for none
 */
export function chainDigest(hash: Hash, digest: string, entries: readonly LoggedEvent[]): string {
  return entries.reduce((chained, entry) => hash(`${chained}\n${canonicalJson(entry)}`), digest);
}
