import { Command } from 'commander';
import type { FlagValues } from '../../config.ts';
import type { Link } from '../../domain/links/link.ts';
import { settingOption } from '../common.ts';
import { CommandError } from '../exitCodes.ts';
import type { Tools } from '../tools.ts';
import { atDesk } from './desk.ts';
import { floorOption, type PolicyFlags, policyWith, shareOption } from './policyOptions.ts';

interface Options extends FlagValues, PolicyFlags {}

export function nodesPolicyCommand(tools: Tools): Command {
  return new Command('policy')
    .summary('set who is to own how much of a location')
    .description(
      "Sets how what comes in at a shop is split between the shop and the hub, whose database this is. The shop learns of it with the hub's log. Units that are owned already stay where they are until they are sold or asked for.",
    )
    .argument('<node>', 'the node of the shop')
    .addOption(shareOption())
    .addOption(floorOption())
    .addOption(settingOption('database'))
    .action((node: string, options: Options) => runPolicy(tools, node, options));
}

async function runPolicy(tools: Tools, node: string, options: Options): Promise<void> {
  const { share, floor, ...flags } = options;
  if (share === undefined && floor === undefined) {
    throw new CommandError('nothing is to be changed; add --share or --floor', 'usage');
  }
  await atDesk(tools, flags, async (desk) => {
    refuseHub(await desk.link(node));
    const { policy } = await desk.update(node, (link) => ({
      policy: policyWith(link.policy, options),
    }));
    tools.out.write(
      `of what comes in at ${node} the hub gets ${policy.hubShare}, and the shop keeps ${policy.floor} of each SKU first\n`,
    );
  });
}

function refuseHub({ peer, peerRole, self, status }: Link): void {
  if (peerRole === 'hub') {
    throw new CommandError(
      `${peer} is the hub of ${self}, whose database this is; its policy is set there`,
    );
  }
  if (status === 'retired') throw new CommandError(`${peer} is retired`);
}
