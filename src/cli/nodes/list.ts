import { Command } from 'commander';
import type { FlagValues } from '../../config.ts';
import type { Link } from '../../domain/links/link.ts';
import { kindOf, type LinkPolicy } from '../../domain/links/policy.ts';
import { settingOption, withKnownStorage } from '../common.ts';
import type { Tools } from '../tools.ts';
import { describeException } from './policyOptions.ts';

export function nodesListCommand(tools: Tools): Command {
  return new Command('list')
    .summary('show the links of this node')
    .description(
      "Shows each link of the node whose database this is: up to where the other node's log has been applied here (received), and this one's there, as far as is known (acknowledged), in positions of the log in question; why nothing may be promised (fence); who is to own how much. What does not concern the other node is not sent, so acknowledged may stay below the end of this log while nothing is outstanding.",
    )
    .addOption(settingOption('database'))
    .action((options: FlagValues) => runList(tools, options));
}

async function runList(tools: Tools, flags: FlagValues): Promise<void> {
  await withKnownStorage(tools, flags, async ({ queries, node }) => {
    const links = await queries.links();
    const { position } = await queries.head();
    const lines =
      links.length === 0
        ? [`${node} has no links to other nodes`]
        : [
            table([HEADINGS, ...links.map(cells)]),
            ...links.flatMap(exceptions),
            `the log of ${node} ends at ${position}`,
          ];
    tools.out.write(`${lines.join('\n')}\n`);
  });
}

function exceptions({ peer, policy }: Link): readonly string[] {
  return (policy.exceptions ?? []).map((exception) => describeException(peer, exception));
}

const HEADINGS = [
  'node',
  'role',
  'location',
  'status',
  'fence',
  'received',
  'acknowledged',
  'policy',
  'share',
  'floor',
];

function cells(link: Link): readonly string[] {
  const { peer, peerRole, location, status, fence, reconcile, policy } = link;
  const fenced = fence === null ? '-' : fence;
  const position = (value: number) => String(value);
  return [
    peer,
    peerRole,
    location,
    status,
    reconcile ? `${fenced}, may reconcile` : fenced,
    position(link.received),
    position(link.acknowledged),
    policyName(policy),
    String(policy.hubShare),
    String(policy.floor),
  ];
}

function policyName(policy: LinkPolicy): string {
  const count = policy.exceptions?.length ?? 0;
  return count === 0 ? kindOf(policy) : `${kindOf(policy)}, ${count} others`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
