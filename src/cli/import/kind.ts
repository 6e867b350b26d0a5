import type { Command } from '../../domain/commands.ts';
import { identifierProblem, type TextRule, textProblem } from '../../domain/identifiers.ts';
import { canonicalJson, type Json, type JsonObject, jsonProblem } from '../../domain/json.ts';
import { NAME_CODE_POINTS_MAX } from '../../domain/limits.ts';
import type { QueryStore } from '../../queries/store.ts';
import { quoted } from '../inputFile.ts';

export const NAME_RULE: TextRule = { codePointsMax: NAME_CODE_POINTS_MAX };

/** One kind of file that can be imported: its columns, and what a line of it asks for. */
export interface ImportKind {
  readonly name: 'products' | 'locations' | 'stock';
  readonly columns: readonly Column[];
  /** @throws {LineFault} when a field is not as it should be */
  read(fields: Fields): ImportLine;
}

export interface Column {
  readonly name: string;
  readonly required: boolean;
  /** Another name that is understood. */
  readonly alias?: string;
}

/** A line that is well formed. */
export interface ImportLine {
  /** No two lines of a file may have the same. */
  readonly key: string;
  /** How the database differs from the line. */
  compare(queries: QueryStore): Promise<Comparison>;
}

export type Comparison =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly command: Command; readonly summary: string }
  | { readonly kind: 'fault'; readonly fault: string };

export const SAME: Comparison = { kind: 'same' };

/** A line that cannot be taken in; the message is meant for the user. */
export class LineFault extends Error {
  override readonly name = 'LineFault';
}

/** The fields of one line by column. A column that the file lacks is undefined. */
export type Fields = ReadonlyMap<string, string>;

export function identifierField(fields: Fields, column: string): string {
  const text = fields.get(column) ?? '';
  const problem = identifierProblem(text);
  if (problem !== null) throw new LineFault(`${column} ${problem}; it is ${quoted(text)}`);
  return text;
}

/** @returns null for an empty field, undefined where the file lacks the column */
export function textField(
  fields: Fields,
  column: string,
  rule: TextRule,
): string | null | undefined {
  const text = fields.get(column);
  if (text === undefined || text === '') return text === '' ? null : undefined;
  const problem = textProblem(text, rule);
  if (problem !== null) throw new LineFault(`${column} ${problem}; it is ${quoted(text)}`);
  return text;
}

/** What a product or a location is called, which none may lack. */
export function nameField(fields: Fields): string {
  const name = textField(fields, 'name', NAME_RULE);
  if (typeof name !== 'string') throw new LineFault('name must not be empty');
  return name;
}

/** A field with a JSON object in it. @returns null for an empty field, undefined where the file lacks the column */
export function objectField(
  fields: Fields,
  column: string,
  bytesMax: number,
): JsonObject | null | undefined {
  const text = fields.get(column);
  if (text === undefined || text === '') return text === '' ? null : undefined;
  const value = parsed(text);
  if (value === undefined) {
    throw new LineFault(`${column} must be a JSON object; it is ${quoted(text)}`);
  }
  const problem = jsonProblem(value);
  if (problem !== null) throw new LineFault(`${column} ${problem}; it is ${quoted(text)}`);
  if (Buffer.byteLength(canonicalJson(value)) > bytesMax) {
    throw new LineFault(`${column} must have at most ${bytesMax} bytes`);
  }
  return value;
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
