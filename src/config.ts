import { Value } from 'typebox/value';
import { hideCredentials, isNatsAddress, splitNatsAddress } from './config/addresses.ts';
import { refuseContradictions } from './config/checks.ts';
import { type Described, describe, ENV_PREFIX, envName, NAMES } from './config/describe.ts';
import { ConfigError } from './config/errors.ts';
import { type Config, isNodeName, SETTINGS, type SettingName } from './config/settings.ts';

/** Values as they were written, by the name of the setting. */
export type FlagValues = { readonly [N in SettingName]?: string };
export type Environment = { readonly [name: string]: string | undefined };

/**
 * The settings of this process: flags over environment over defaults, frozen.
 * @throws {ConfigError} naming the setting, its value and what is expected
 */
export function readConfig(flags: FlagValues, env: Environment): Config {
  refuseUnknown(env);
  const values = Object.fromEntries(NAMES.map((name) => [name, readSetting(name, flags, env)]));
  if (!Value.Check(SETTINGS, values)) throw new ConfigError('the settings do not fit together');
  refuseContradictions(values);
  return deepFreeze(values);
}

function readSetting(name: SettingName, flags: FlagValues, env: Environment): unknown {
  const schema: Described = SETTINGS.properties[name];
  const flagText = flags[name];
  const text = flagText ?? env[envName(name)];
  if (text === undefined) return schema.default;
  const value = parse(schema, text);
  if (value !== undefined && Value.Check(schema, value) && isSound(name, text)) return value;
  const { flag, env: variable, expected } = describe(name);
  const label = flagText === undefined ? variable : flag;
  throw new ConfigError(`${label} is ${quote(schema, text)}; expected ${expected}`);
}

/** What a pattern cannot say: an address may have a port that there is not. */
function isSound(name: SettingName, text: string): boolean {
  if (name !== 'hub' && name !== 'nats' && name !== 'publish') return true;
  if (!isNatsAddress(text)) return URL.canParse(text);
  const { servers, path } = splitNatsAddress(text);
  return servers.every((server) => URL.canParse(server)) && (path === '' || isNodeName(path));
}

/** @returns undefined for a text that is not of the schema's type */
function parse(schema: Described, text: string): unknown {
  switch (schema.type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'array':
      return parseKeys(text);
    default:
      return text;
  }
}

function parseKeys(text: string): Config['apiKeys'] | undefined {
  const keys = text.split(',').map((pair) => {
    const [, name, secret] = /^\s*([A-Za-z0-9._-]{1,64}):([!-~]{1,256})\s*$/.exec(pair) ?? [];
    return name === undefined || secret === undefined ? undefined : { name, secret };
  });
  const sound = keys.filter((key) => key !== undefined);
  const distinct = (values: readonly string[]) => new Set(values).size === keys.length;
  const isSound =
    distinct(sound.map((key) => key.name)) && distinct(sound.map((key) => key.secret));
  return isSound ? sound : undefined;
}

/** Leaves out secrets, and the credentials in a database's address. */
function quote(schema: Described, text: string): string {
  if (schema.secret === true) return 'not in the right form (the value is secret and not shown)';
  return `"${hideCredentials(text)}"`;
}

function refuseUnknown(env: Environment): void {
  const known = NAMES.map(envName);
  const unknown = Object.keys(env)
    .filter((variable) => variable.startsWith(ENV_PREFIX) && !known.includes(variable))
    .sort()[0];
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  throw new ConfigError(`${unknown} is not a setting; did you mean ${nearest}?`);
}

function nearestName(name: string, names: readonly string[]): string {
  const distances = names.map((candidate) => ({
    candidate,
    distance: editDistance(name, candidate),
  }));
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).candidate;
}

/** Levenshtein's: how many letters must be put in, taken out or changed to make one word of the other. */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const change = (previous[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      const takeOut = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(change, takeOut, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
