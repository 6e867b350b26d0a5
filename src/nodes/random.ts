import type { Randomness } from '../ledger/ports.ts';

/** Bytes of a token or a secret: more than anybody can guess. */
const TOKEN_BYTES = 16;

export function newToken(random: Randomness): string {
  return [...random.bytes(TOKEN_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
