import { Command } from 'commander';
import { hideCredentials } from '../config/addresses.ts';
import type { Config } from '../config/settings.ts';
import { type FlagValues, readConfig } from '../config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { QueryStore } from '../queries/store.ts';
import type { Storage } from '../storage/storage.ts';
import { SAMPLE_FIRST_LEVEL } from './sample/catalogue.ts';
import { curlReservation } from './sample/curl.ts';
import { seed } from './sample/seed.ts';
import { withServeOptions } from './serve.ts';
import type { Tools } from './tools.ts';

const LEVELS_LOOKED_AT_MAX = 1_000;

/** What `npm start` runs: `serve`, for somebody who has just cloned the repository. */
export function startCommand(tools: Tools): Command {
  return withServeOptions(
    new Command('start')
      .summary('serve, with sample data in a new database')
      .description(
        'What npm start runs: as serve, but a new database gets the sample catalogue, and what to try first is printed.',
      ),
  ).action((flags: FlagValues) => runStart(tools, flags));
}

async function runStart(tools: Tools, flags: FlagValues): Promise<void> {
  const config = readConfig(flags, tools.env);
  let seeded = false;
  await tools.serve(config, {
    async prepare(storage, ledger) {
      // A shop gets its catalogue from the hub.
      if (config.hub === null) seeded = await seedIfNew(storage, ledger);
    },
    async ready(url, storage) {
      tools.out.write(await welcome(config, url, storage, seeded));
    },
  });
}

/** A database is new as long as its log is empty: the sample is loaded in one commit, wholly or not at all. */
async function seedIfNew({ queries }: Storage, ledger: Ledger): Promise<boolean> {
  if ((await queries.head()).position > 0) return false;
  await seed(ledger, queries);
  return true;
}

async function welcome(
  config: Config,
  url: string,
  { queries }: Storage,
  seeded: boolean,
): Promise<string> {
  const level = await reservableLevel(queries);
  const first =
    level === undefined
      ? ['There is no stock yet. Load the sample with:', '  npm run holdfast -- seed']
      : ['Make a reservation:', `  ${curlReservation(url, level, config.apiKeys.length > 0)}`];
  return [
    `Holdfast listens on ${url}`,
    `  ledger    ${hideCredentials(config.database)}${seeded ? ' (new, with a sample catalogue)' : ''}`,
    `  API docs  ${url}/docs`,
    '',
    ...first,
    '',
    'Ctrl-C stops it. Lines below are the log.',
    '',
  ].join('\n');
}

/** A level from which one unit can be reserved at this moment: that of the sample, if it still has any. */
async function reservableLevel(queries: QueryStore) {
  const { sku, location } = SAMPLE_FIRST_LEVEL;
  const sample = await queries.level(sku, location);
  if (sample !== undefined && sample.available > 0) return sample;
  const levels = await queries.levels({ limit: LEVELS_LOOKED_AT_MAX });
  return levels.find(({ available }) => available > 0);
}
