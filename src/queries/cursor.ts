import { fromBase64url, toBase64url } from './base64url.ts';

/** Goes into every cursor, so that a later layout can be told from this one. */
const CURSOR_VERSION = 1;

/** Two identifiers of 128 code points, of four bytes each, in base64, take 1,366 characters. */
export const CURSOR_LENGTH_MAX = 4_096;

interface FieldTypes {
  readonly string: string;
  readonly integer: number;
}

type Shape = { readonly [field: string]: keyof FieldTypes };
type KeyOf<S extends Shape> = { readonly [F in keyof S]: FieldTypes[S[F]] };

/** The filters of a list; a cursor continues only the list with the same ones. */
export type Scope = readonly (string | number | boolean | null | undefined)[];

/** Turns the key of a page's last row into an opaque text and back. */
export interface CursorFormat<K> {
  write(key: K, scope: Scope): string;
  /** @returns undefined when `cursor` is broken, or comes from another list or other filters */
  read(cursor: string, scope: Scope): K | undefined;
}

/** A cursor is base64url of `[version, list, fingerprint of the scope, ...fields in the order of the shape]`. */
export function cursorFormat<const S extends Shape>(
  list: string,
  shape: S,
): CursorFormat<KeyOf<S>> {
  const fields = Object.keys(shape);
  const write = (key: KeyOf<S>, scope: Scope): string =>
    encode(
      list,
      scope,
      fields.map((field) => key[field]),
    );
  const read = (cursor: string, scope: Scope): KeyOf<S> | undefined => {
    const values = decode(cursor)?.slice(3);
    if (values?.length !== fields.length) return undefined;
    const key = Object.fromEntries(fields.map((field, i) => [field, values[i]]));
    // Only what would be written in exactly this way is taken, so list, scope and spelling are all checked at once.
    return hasShape(key, shape) && write(key, scope) === cursor ? key : undefined;
  };
  return { write, read };
}

function encode(list: string, scope: Scope, values: readonly unknown[]): string {
  return toBase64url(JSON.stringify([CURSOR_VERSION, list, fingerprint(scope), ...values]));
}

function decode(cursor: string): readonly unknown[] | undefined {
  if (cursor.length > CURSOR_LENGTH_MAX) return undefined;
  try {
    const parsed: unknown = JSON.parse(fromBase64url(cursor) ?? '');
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function hasShape<S extends Shape>(key: object, shape: S): key is KeyOf<S> {
  return Object.entries(key).every(([field, value]) =>
    shape[field] === 'string' ? isPlainText(value) : Number.isSafeInteger(value),
  );
}

/** What an identifier can be: no engine is ever asked for a control character or half a surrogate pair. */
function isPlainText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed() && !/\p{Cc}/u.test(value);
}

/** FNV-1a, 32 bits: tells filters apart that were mixed up by mistake; nothing secret depends on it. */
function fingerprint(scope: Scope): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(scope))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}
