import { Command } from 'commander';
import { hideCredentials } from '../config/addresses.ts';
import { type FlagValues, readConfig } from '../config.ts';
import { settingOption } from './common.ts';
import { isConfirmed } from './confirm.ts';
import { CommandError } from './exitCodes.ts';
import type { Tools } from './tools.ts';

interface Options extends FlagValues {
  readonly yes?: boolean;
}

export function resetCommand(tools: Tools): Command {
  return new Command('reset')
    .summary('remove everything from the database')
    .description(
      'Removes everything from the database: stock, reservations, catalogue and the whole log. Refuses while a server or another command has it open.',
    )
    .option('--yes', 'do not ask')
    .addOption(settingOption('database'))
    .action((options: Options) => runReset(tools, options));
}

async function runReset(tools: Tools, options: Options): Promise<void> {
  const config = readConfig(options, tools.env);
  const name = hideCredentials(config.database);
  const question = {
    question: `Remove everything from ${name}?`,
    unasked: `reset would remove everything from ${name}; add --yes`,
  };
  if (options.yes !== true && !(await isConfirmed(tools, question))) {
    throw new CommandError('nothing was removed');
  }
  await tools.resetDatabase(config);
  tools.out.write(`there is no ledger in ${name} now\n`);
}
