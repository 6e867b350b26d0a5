import { Command } from 'commander';
import type { FlagValues } from '../../config.ts';
import { settingOption } from '../common.ts';
import type { Tools } from '../tools.ts';
import { atDesk } from './desk.ts';

export function nodesReconcileCommand(tools: Tools): Command {
  return new Command('reconcile')
    .summary('let a log that has lost something be given it back')
    .description(
      "Allows one reconciliation of two nodes of which one was restored from a backup: at their next handshake the log that has lost entries gets them back from the other's copy of it, as entries that can be told from others, and the difference stays visible. Until then no units pass between them. It may be said at either end.",
    )
    .argument('<node>', 'the other node')
    .addOption(settingOption('database'))
    .action((node: string, options: FlagValues) => runReconcile(tools, node, options));
}

async function runReconcile(tools: Tools, node: string, flags: FlagValues): Promise<void> {
  await atDesk(tools, flags, async (desk) => {
    const { self, fence } = await desk.update(node, () => ({ reconcile: true }));
    const now = fence === null ? 'should one be needed' : `which is fenced: ${fence}`;
    tools.out.write(`${self} and ${node} may reconcile once, at their next handshake (${now})\n`);
  });
}
