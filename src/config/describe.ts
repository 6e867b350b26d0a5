import type { TSchema } from 'typebox';
import { SETTINGS, type SettingName } from './settings.ts';

export const ENV_PREFIX = 'HOLDFAST_';

/** What is known of a setting besides its value. */
export interface Setting {
  readonly name: SettingName;
  readonly env: string;
  /** Null for a secret that is needed at each start. */
  readonly flag: string | null;
  readonly unit: string | null;
  readonly description: string;
  /** What a value must be, to end the sentence "expected ...". */
  readonly expected: string;
  /** The default as a user would write it; empty for none. */
  readonly defaultText: string;
}

/** In the order of the reference page. */
export const NAMES = Object.keys(SETTINGS.properties) as readonly SettingName[];

/** Every setting, in the order of the reference page. */
export function listSettings(): readonly Setting[] {
  return NAMES.map(describe);
}

export function describe(name: SettingName): Setting {
  const schema: Described = SETTINGS.properties[name];
  const { unit = null, secret = false, once = false, description = '' } = schema;
  const flag = secret && !once ? null : `--${dashed(name)}`;
  const defaultText = defaultTextOf(schema.default);
  const expected = expectation(schema);
  return { name, env: envName(name), flag, unit, description, expected, defaultText };
}

export type Described = TSchema & {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly unit?: string;
  readonly description?: string;
  readonly secret?: boolean;
  readonly once?: boolean;
  readonly expects?: string;
};

function defaultTextOf(value: unknown): string {
  return value === null || Array.isArray(value) ? '' : String(value);
}

function expectation(schema: Described): string {
  const { expects, type, minimum, maximum } = schema;
  if (expects !== undefined) return expects;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  return type === 'integer' ? `a whole number from ${minimum} to ${maximum}` : 'true or false';
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function envName(name: string): string {
  return ENV_PREFIX + dashed(name).replaceAll('-', '_').toUpperCase();
}
