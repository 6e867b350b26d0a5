import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { type FlagValues, hideCredentials, readConfig } from '../config.ts';
import { settingOption } from './common.ts';
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
  if (options.yes !== true && !(await isConfirmed(tools, name))) {
    throw new CommandError('nothing was removed');
  }
  await tools.resetDatabase(config);
  tools.out.write(`${name} is empty\n`);
}

async function isConfirmed(tools: Tools, name: string): Promise<boolean> {
  if (tools.in.isTTY !== true) {
    throw new CommandError(`reset would remove everything from ${name}; add --yes`, 'usage');
  }
  const dialogue = createInterface({ input: tools.in, output: tools.err });
  // At the end of input (Ctrl-D) the question would never be answered.
  const closed = once(dialogue, 'close').then(() => '');
  const answer = await Promise.race([
    dialogue.question(`Remove everything from ${name}? Type yes: `),
    closed,
  ]);
  dialogue.close();
  return answer.trim().toLowerCase() === 'yes';
}
