import { Command } from 'commander';
import type { FlagValues } from '../config.ts';
import { plural, settingOption, withLedger, withStorage } from './common.ts';
import { seed } from './sample/seed.ts';
import type { Tools } from './tools.ts';

export function seedCommand(tools: Tools): Command {
  return new Command('seed')
    .summary('load the sample catalogue and stock')
    .description(
      'Loads a small invented catalogue with stock, to try things out on. What is there already stays as it is.',
    )
    .addOption(settingOption('database'))
    .action((options: FlagValues) => runSeed(tools, options));
}

async function runSeed(tools: Tools, flags: FlagValues): Promise<void> {
  const made = await withStorage(tools, flags, (storage, config) =>
    withLedger(tools, storage, config, (ledger) => seed(ledger, storage.queries)),
  );
  tools.out.write(
    made === 0
      ? 'the sample is there already\n'
      : `${plural(made, 'product, location or stock level', 'products, locations and stock levels')} of the sample loaded\n`,
  );
}
