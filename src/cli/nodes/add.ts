import { hash, randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { isNodeName, NODE_NAME_EXPECTED } from '../../config/settings.ts';
import type { FlagValues } from '../../config.ts';
import { type LinkPolicy, POLICIES } from '../../domain/links/policy.ts';
import { LinkRefusedError } from '../../nodes/linkCommands.ts';
import { settingOption } from '../common.ts';
import { CommandError } from '../exitCodes.ts';
import type { Tools } from '../tools.ts';
import { atDesk, type Desk } from './desk.ts';
import {
  describePolicy,
  floorOption,
  kindOption,
  type PolicyFlags,
  policyWith,
  shareOption,
} from './policyOptions.ts';

/** 192 random bits: nobody guesses it, so one round of a plain hash is enough to keep it. */
const TOKEN_BYTES = 24;

interface Options extends FlagValues, PolicyFlags {
  readonly location: string;
}

export function nodesAddCommand(tools: Tools): Command {
  return new Command('add')
    .summary('add the node of a shop, and print its token')
    .description(
      "Adds the node of a shop to its hub, whose database this is. From then on the shop has the location's goods in hand: it receives, counts and hands them over, and the hub goes on selling its share of them. Prints the token that the shop's node shows at its first start; it is not kept, and cannot be shown again.",
    )
    .argument('<node>', `a name for the node: ${NODE_NAME_EXPECTED}`)
    .requiredOption('--location <location>', 'the location of the shop, which the catalogue has')
    .addOption(kindOption())
    .addOption(shareOption())
    .addOption(floorOption())
    .addOption(settingOption('database'))
    .action((node: string, options: Options) => runAdd(tools, node, options));
}

async function runAdd(tools: Tools, node: string, options: Options): Promise<void> {
  if (!isNodeName(node)) {
    throw new CommandError(
      `the name ${JSON.stringify(node)} is not ${NODE_NAME_EXPECTED}`,
      'usage',
    );
  }
  const { location, ...flags } = options;
  const policy = policyWith(POLICIES.adaptive, flags);
  await atDesk(tools, databaseOf(flags), async (desk) => {
    await refuseWrongPlace(desk, node);
    const token = await addNode(desk, node, location, policy);
    tools.err.write(
      `${node} is added: the goods of ${location} are in its hands from now on, and ${describePolicy(policy)}. In the shop:\n  HOLDFAST_TOKEN=<token> holdfast serve --node ${node} --hub <address of this hub>\nThe token is shown only here:\n`,
    );
    tools.out.write(`${token}\n`);
  });
}

/** Names of the flags of policies are not those of settings. */
function databaseOf({ database }: FlagValues): FlagValues {
  return database === undefined ? {} : { database };
}

async function refuseWrongPlace({ storage }: Desk, node: string): Promise<void> {
  if (node === storage.node) {
    throw new CommandError(
      `${node} is the node of this database itself; give the shop another name`,
    );
  }
  const hub = (await storage.queries.links()).find(({ peerRole }) => peerRole === 'hub');
  if (hub === undefined) return;
  throw new CommandError(
    `this is the database of the shop ${storage.node}; nodes are added at its hub, ${hub.peer}`,
  );
}

/** @returns the token */
async function addNode(
  desk: Desk,
  peer: string,
  location: string,
  policy: LinkPolicy,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const secret = hash('sha256', token);
  const self = desk.storage.node;
  const link = { peer, peerRole: 'store', self, location, secret, policy } as const;
  try {
    await desk.submit({ type: 'addLink', link });
  } catch (error) {
    throw error instanceof LinkRefusedError ? explained(error, peer, location) : error;
  }
  return token;
}

function explained(error: LinkRefusedError, peer: string, location: string): Error {
  const { refusal } = error;
  if (refusal.code === 'location_not_found') {
    return new CommandError(
      `there is no location ${JSON.stringify(location)} in the catalogue; put it there first, and its products`,
    );
  }
  if (refusal.code !== 'node_exists') return error;
  return new CommandError(
    refusal.node === peer
      ? `there is a node ${peer} already, or was; a name is given only once`
      : `the location ${location} is that of the node ${refusal.node}; a location has one node`,
  );
}
