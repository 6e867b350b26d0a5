import { Command } from 'commander';
import type { FlagValues } from '../../config.ts';
import type { Link } from '../../domain/links/link.ts';
import { settingOption } from '../common.ts';
import { CommandError } from '../exitCodes.ts';
import type { Tools } from '../tools.ts';
import { atDesk } from './desk.ts';

export function nodesReconcileCommand(tools: Tools): Command {
  return new Command('reconcile')
    .summary('let a log that has lost something be given it back')
    .description(
      "Allows one reconciliation of two nodes of which one was restored from a backup: at their next handshake the log that has lost entries gets them back from the other's copy of it, as entries that can be told from others, and the difference stays visible. Until then no units pass between them. It is said at the hub, whose database this is: a copy of a shop's database must not vouch for itself.",
    )
    .argument('<node>', 'the node of the shop')
    .addOption(settingOption('database'))
    .action((node: string, options: FlagValues) => runReconcile(tools, node, options));
}

async function runReconcile(tools: Tools, node: string, flags: FlagValues): Promise<void> {
  await atDesk(tools, flags, async (desk) => {
    refuseInVain(await desk.link(node));
    const { self, fence } = await desk.update(node, () => ({ reconcile: true }));
    const now = fence === null ? 'should one be needed' : `which is fenced: ${fence}`;
    tools.out.write(`${self} and ${node} may reconcile once, at their next handshake (${now})\n`);
  });
}

/** Only the hub looks at what is allowed, and it gives a retired node nothing back. */
function refuseInVain({ peer, peerRole, self, status }: Link): void {
  if (peerRole === 'hub') {
    throw new CommandError(
      `this is the database of the shop ${self}; it is reconciled at its hub, ${peer}: holdfast nodes reconcile ${self}`,
    );
  }
  if (status === 'retired') throw new CommandError(`${peer} is retired, and cannot come back`);
}
