import { Command } from 'commander';
import type { FlagValues } from '../../config.ts';
import type { Link } from '../../domain/links/link.ts';
import { policyOf } from '../../domain/links/policy.ts';
import { settingOption } from '../common.ts';
import { CommandError } from '../exitCodes.ts';
import type { Tools } from '../tools.ts';
import { atDesk } from './desk.ts';
import {
  categoryOption,
  clearOption,
  describePolicy,
  type ExceptionFlags,
  floorOption,
  kindOption,
  linkPolicyWith,
  type PolicyFlags,
  shareOption,
  skuOption,
} from './policyOptions.ts';

type Change = PolicyFlags & ExceptionFlags;

interface Options extends FlagValues, Change {}

export function nodesPolicyCommand(tools: Tools): Command {
  return new Command('policy')
    .summary('set who is to own how much of a location')
    .description(
      "Sets who owns what at rest: of all that a shop has, of one SKU, or of one category. The shop learns of it with the hub's log, whose database this is, and moves what lies on the wrong side while the link is up. A SKU's own policy comes before that of its category.",
    )
    .argument('<node>', 'the node of the shop')
    .addOption(kindOption())
    .addOption(shareOption())
    .addOption(floorOption())
    .addOption(skuOption())
    .addOption(categoryOption())
    .addOption(clearOption())
    .addOption(settingOption('database'))
    .action((node: string, options: Options) => runPolicy(tools, node, options));
}

async function runPolicy(tools: Tools, node: string, options: Options): Promise<void> {
  const { policy, share, floor, sku, category, clear, ...flags } = options;
  if (policy === undefined && share === undefined && floor === undefined && clear === undefined) {
    throw new CommandError(
      'nothing is to be changed; add --policy, --share, --floor or --clear',
      'usage',
    );
  }
  await atDesk(tools, flags, async (desk) => {
    refuseHub(await desk.link(node));
    const link = await desk.update(node, (before) => ({
      policy: linkPolicyWith(before.policy, options),
    }));
    tools.out.write(`${describe(link, options)}\n`);
  });
}

function describe({ peer, policy }: Link, { sku, category }: Change): string {
  if (sku === undefined && category === undefined) {
    return `of all that is at ${peer}, ${describePolicy(policy)}`;
  }
  const name = sku ?? `the category ${category}`;
  return `of ${name} at ${peer}, ${describePolicy(policyOf(policy, sku ?? '', category))}`;
}

function refuseHub({ peer, peerRole, self, status }: Link): void {
  if (peerRole === 'hub') {
    throw new CommandError(
      `${peer} is the hub of ${self}, whose database this is; its policy is set there`,
    );
  }
  if (status === 'retired') throw new CommandError(`${peer} is retired`);
}
