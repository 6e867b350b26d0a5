import { Command } from 'commander';
import { nodesAddCommand } from './nodes/add.ts';
import { nodesListCommand } from './nodes/list.ts';
import { nodesPolicyCommand } from './nodes/policy.ts';
import { nodesReconcileCommand } from './nodes/reconcile.ts';
import { nodesRetireCommand } from './nodes/retire.ts';
import type { Tools } from './tools.ts';

export function nodesCommand(tools: Tools): Command {
  const command = new Command('nodes')
    .summary('add, list and retire the nodes of shops')
    .description(
      'Works on the links of a node with others: adds the nodes of shops at their hub, shows how far each end knows the log of the other, sets who owns how much, and gives up for lost what does not come back. Servers may run on the database meanwhile.',
    )
    .helpCommand(false);
  const parts = [
    nodesAddCommand(tools),
    nodesListCommand(tools),
    nodesPolicyCommand(tools),
    nodesReconcileCommand(tools),
    nodesRetireCommand(tools),
  ];
  for (const part of parts) command.addCommand(part);
  return command;
}
