import { createCipheriv, createDecipheriv } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** The number of a piece, in clear: its receiver needs it to open the rest. */
const NUMBER_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts one piece, so that nobody else can read it, change it, or give it another number.
 * @param number differs for each piece under one key
 */
export function seal(key: Uint8Array, number: number, content: Uint8Array): Uint8Array {
  const nonce = nonceOf(number);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  const sealed = cipher.update(content);
  cipher.final();
  return Buffer.concat([nonce.subarray(-NUMBER_BYTES), sealed, cipher.getAuthTag()]);
}

export interface Opened {
  readonly number: number;
  readonly content: Buffer;
}

/** The number of a piece, as it says itself: nobody has proved it. */
export function numberOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < NUMBER_BYTES + TAG_BYTES) return undefined;
  const number = Number(bufferOf(bytes).readBigUInt64BE(0));
  return Number.isSafeInteger(number) ? number : undefined;
}

/** @returns undefined for what was not sealed with this key */
export function open(key: Uint8Array, bytes: Uint8Array): Opened | undefined {
  const number = numberOf(bytes);
  if (number === undefined) return undefined;
  const whole = bufferOf(bytes);
  const decipher = createDecipheriv(CIPHER, key, nonceOf(number), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(whole.subarray(-TAG_BYTES));
  try {
    const content = decipher.update(whole.subarray(NUMBER_BYTES, -TAG_BYTES));
    decipher.final();
    return { number, content };
  } catch {
    return undefined;
  }
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(number), NONCE_BYTES - NUMBER_BYTES);
  return nonce;
}
