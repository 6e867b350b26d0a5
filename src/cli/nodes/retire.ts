import { Command } from 'commander';
import type { FlagValues } from '../../config.ts';
import { inFlight, isSettled, type Share } from '../../domain/links/share.ts';
import { onHand } from '../../domain/stock.ts';
import { plural, settingOption } from '../common.ts';
import { isConfirmed } from '../confirm.ts';
import { CommandError } from '../exitCodes.ts';
import type { Tools } from '../tools.ts';
import { atDesk, type Desk } from './desk.ts';

/** Levels that one commit writes off. */
const PAGE_LEVELS = 500;

interface Options extends FlagValues {
  readonly yes?: boolean;
}

export function nodesRetireCommand(tools: Tools): Command {
  return new Command('retire')
    .summary('give the node of a shop up for lost')
    .description(
      'Gives the node of a shop up for lost, at the hub whose database this is: a machine that was stolen or burnt. What the node owned as far as is known, and all that was on its way to it, is written off, and never becomes available again: goods that turn up are received anew. What the node still says is kept for auditors. Broken off, it goes on where it was when it is called again.',
    )
    .argument('<node>', 'the node of the shop')
    .option('--yes', 'do not ask')
    .addOption(settingOption('database'))
    .action((node: string, options: Options) => runRetire(tools, node, options));
}

async function runRetire(tools: Tools, node: string, { yes, ...flags }: Options): Promise<void> {
  await atDesk(tools, flags, async (desk) => {
    const { peerRole, self } = await desk.link(node);
    if (peerRole === 'hub') {
      throw new CommandError(`${node} is the hub of ${self}; a shop is retired at its hub`);
    }
    const risk = `What ${node} owns, and what is on its way to it, is written off, and the node cannot come back.`;
    const question = {
      question: `${risk} Retire it?`,
      unasked: `${risk} Then add --yes`,
    };
    if (yes !== true && !(await isConfirmed(tools, question))) {
      throw new CommandError('nothing was changed');
    }
    await desk.submit({ type: 'retireNode', peer: node });
    const written = await writeOffAll(desk, node);
    tools.out.write(`${node} is retired\n${summary(written)}`);
  });
}

/** @returns units that were written off, by SKU. A retired node's share does not change any more but by this. */
async function writeOffAll(desk: Desk, peer: string): Promise<ReadonlyMap<string, number>> {
  const written = new Map<string, number>();
  let after: Share | undefined;
  do {
    const page: readonly Share[] = await desk.storage.queries.shares({
      peer,
      limit: PAGE_LEVELS,
      ...(after && { after }),
    });
    await writeOff(desk, peer, page, written);
    after = page.at(-1);
  } while (after !== undefined);
  return written;
}

async function writeOff(
  desk: Desk,
  peer: string,
  page: readonly Share[],
  written: Map<string, number>,
): Promise<void> {
  const levels = page.filter((share) => !isSettled(share));
  if (levels.length === 0) return;
  await desk.submit({
    type: 'writeOff',
    peer,
    levels: levels.map(({ sku, location }) => ({ sku, location })),
  });
  for (const share of levels) {
    if (unitsOf(share) <= 0) continue;
    written.set(share.sku, (written.get(share.sku) ?? 0) + unitsOf(share));
  }
}

function unitsOf(share: Share): number {
  return onHand(share) + inFlight(share);
}

function summary(written: ReadonlyMap<string, number>): string {
  if (written.size === 0) return 'there was nothing to write off\n';
  const lines = [...written].map(([sku, units]) => `  ${sku}  ${units}\n`);
  const total = [...written.values()].reduce((sum, units) => sum + units, 0);
  return `written off:\n${lines.join('')}${plural(total, 'unit')} of ${plural(written.size, 'SKU')} in all\n`;
}
