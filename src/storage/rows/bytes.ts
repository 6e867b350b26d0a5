import { Buffer } from 'node:buffer';

/** The order of the engine: byte by byte in UTF-8. JavaScript's own order differs beyond the first 65,536 characters. */
export function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
