import { Option } from 'commander';
import { listSettings } from '../config/describe.ts';
import type { Config, SettingName } from '../config/settings.ts';
import { type FlagValues, readConfig } from '../config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Storage } from '../storage/storage.ts';
import type { OpenOptions, Tools } from './tools.ts';

/** The flag of one setting, as `serve` has it. */
export function settingOption(name: SettingName): Option {
  const setting = listSettings().find((candidate) => candidate.name === name);
  const { flag, env, description, unit, defaultText } = setting ?? missing(name);
  const facts = [unit && `in ${unit}`, `env: ${env}`, defaultText && `default: ${defaultText}`];
  const label = description.replaceAll('`', '');
  return new Option(`${flag} <value>`, `${label} (${facts.filter(Boolean).join(', ')})`);
}

/** Opens the database that flags and environment name, and closes it whatever happens. */
export async function withStorage<T>(
  tools: Tools,
  flags: FlagValues,
  work: (storage: Storage, config: Config) => Promise<T>,
  options?: OpenOptions,
): Promise<T> {
  const config = readConfig(flags, tools.env);
  const storage = await tools.openStorage(config, options);
  try {
    return await work(storage, config);
  } finally {
    await storage.close();
  }
}

/** The same for a database that must be there already. */
export function withKnownStorage<T>(
  tools: Tools,
  flags: FlagValues,
  work: (storage: Storage, config: Config) => Promise<T>,
): Promise<T> {
  return withStorage(tools, flags, work, { mustExist: true });
}

/** Runs `work` with a ledger on an open database; what was submitted is finished before it ends. */
export async function withLedger<T>(
  tools: Tools,
  storage: Storage,
  config: Config,
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const ledger = tools.openLedger(storage, config);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

function missing(name: string): never {
  throw new Error(`${name} is not a setting`);
}
