import { InvalidArgumentError, Option } from 'commander';
import { POLICY_KINDS, type PolicyKind } from '../../../domain/links/policy.ts';

/** What a replay through a chain of shops is told; only `stores` is always there. */
export interface ChainFlags {
  readonly stores?: number;
  readonly products?: string;
  readonly days?: number;
  readonly policies?: readonly PolicyKind[];
  readonly online?: number;
  readonly cutMinutes?: number;
  readonly seed?: number;
  readonly keep?: string;
}

export type ChainDefaults = Required<
  Pick<ChainFlags, 'policies' | 'online' | 'cutMinutes' | 'seed'>
>;

export const CHAIN_DEFAULTS: ChainDefaults = {
  policies: ['adaptive', 'hub', 'shop'],
  online: 0.2,
  cutMinutes: 60,
  seed: 1,
};

/** More databases than that one process should have open. */
const STORES_MAX = 200;
const DAYS_MAX = 10_000;
const SEED_MAX = 2 ** 32 - 1;
const MINUTES_PER_DAY = 1_440;

/** Flags that go with one database, or with a server, and not with a chain. */
const NOT_WITH_STORES = ['url', 'location', 'limit', 'until', 'database'];

export function storesOption(): Option {
  return new Option(
    '--stores <count>',
    'play groceries through a hub and the nodes of the busiest stores of the file',
  )
    .argParser(wholeNumber(1, STORES_MAX))
    .conflicts(NOT_WITH_STORES);
}

/** Flags that mean something with `--stores` only. */
export function chainOptions(): readonly Option[] {
  const { policies, online, cutMinutes, seed } = CHAIN_DEFAULTS;
  const option = (flags: string, text: string, standard: string) =>
    new Option(flags, `with --stores: ${text} (default: ${standard})`);
  return [
    option(
      '--products <file>',
      'what the products are',
      'the name of the file with products for transactions',
    ),
    option('--days <count>', 'only so many days from the first on', 'all').argParser(
      wholeNumber(1, DAYS_MAX),
    ),
    option(
      '--policies <list>',
      `what to compare: ${POLICY_KINDS.join(', ')}`,
      policies.join(','),
    ).argParser(parsePolicies),
    option('--online <part>', 'part of the baskets bought online, 0 to 1', `${online}`).argParser(
      parsePart,
    ),
    option(
      '--cut-minutes <minutes>',
      'how long the line of each store is cut each day',
      `${cutMinutes}`,
    ).argParser(wholeNumber(0, MINUTES_PER_DAY)),
    option('--seed <number>', 'what all chance is drawn from', `${seed}`).argParser(
      wholeNumber(0, SEED_MAX),
    ),
    option(
      '--keep <folder>',
      'keep the databases in a folder that is new or empty',
      'they are removed',
    ),
  ];
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}

function parsePart(text: string): number {
  const part = /^(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (part <= 1) return part;
  throw new InvalidArgumentError('expected a number from 0 to 1, such as 0.2.');
}

function parsePolicies(text: string): readonly PolicyKind[] {
  const kinds = text.split(',').map((name) => POLICY_KINDS.find((kind) => kind === name.trim()));
  const known = kinds.filter((kind) => kind !== undefined);
  if (known.length === kinds.length && new Set(known).size === kinds.length) return known;
  throw new InvalidArgumentError(
    `expected some of ${POLICY_KINDS.join(', ')}, with commas between them and none twice.`,
  );
}
