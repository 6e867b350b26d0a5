import { Command } from 'commander';
import { hideCredentials } from '../config/addresses.ts';
import type { FlagValues } from '../config.ts';
import type { FreezeReason } from '../ledger/errors.ts';
import { settingOption, withKnownStorage } from './common.ts';
import { isConfirmed } from './confirm.ts';
import { CommandError } from './exitCodes.ts';
import type { Tools } from './tools.ts';

interface Options extends FlagValues {
  readonly yes?: boolean;
}

/** What happens when it is thawed all the same; nobody finds a ledger that is being restored. */
const RISKS: { readonly [R in FreezeReason]: string } = {
  moved:
    'If it was restored elsewhere, both would sell the same units from now on. Thaw it only if the other one is gone, or was never made.',
  copy: 'It is a copy: the ledger that it was made from goes on elsewhere, and both would sell the same units. Thaw it only to try something out, or if the other one is gone.',
  restoring: 'It holds a part of a ledger.',
};

export function thawCommand(tools: Tools): Command {
  return new Command('thaw')
    .summary('let a frozen ledger take commands again')
    .description(
      'Takes back what dump did: the ledger in the database takes commands again, and so does a restored copy. Asks before, for if the ledger goes on in another database too, every unit can be sold twice.',
    )
    .option('--yes', 'do not ask')
    .addOption(settingOption('database'))
    .action((options: Options) => runThaw(tools, options));
}

async function runThaw(tools: Tools, options: Options): Promise<void> {
  await withKnownStorage(tools, options, async ({ archive }, config) => {
    const name = hideCredentials(config.database);
    const freeze = await archive.frozen();
    if (freeze === null) {
      tools.out.write(`${name} is not frozen\n`);
      return;
    }
    const risk = RISKS[freeze.reason];
    const question = {
      question: `The ledger in ${name} is frozen. ${risk} Thaw it?`,
      unasked: `the ledger in ${name} is frozen. ${risk} Then add --yes`,
    };
    if (options.yes !== true && !(await isConfirmed(tools, question))) {
      throw new CommandError('nothing was changed');
    }
    await archive.thaw();
    tools.out.write(`${name} takes commands again\n`);
  });
}
