import { randomUUID } from 'node:crypto';
import type { Command } from '../../domain/commands.ts';
import { REFUSALS } from '../../domain/refusalMeanings.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { QueryStore } from '../../queries/store.ts';
import { CommandError } from '../exitCodes.ts';
import { SAMPLE_LOCATIONS, SAMPLE_PRODUCTS, SAMPLE_STOCK } from './catalogue.ts';

/**
 * Puts the sample catalogue and stock into the database, in one commit. What is there already stays as it is: stock
 * that has moved is not counted anew.
 * @returns how many products, locations and levels were missing
 */
export async function seed(ledger: Ledger, queries: QueryStore): Promise<number> {
  const commands = await missingFromSample(queries);
  if (commands.length === 0) return 0;
  const answer = await ledger.submit({
    actor: 'seed',
    requestId: randomUUID(),
    items: commands.map((command) => ({ command })),
    atomic: true,
  });
  if (answer.kind !== 'refused') return commands.length;
  throw new CommandError(`cannot load the sample: ${REFUSALS[answer.refusal.code].rule}`);
}

async function missingFromSample(queries: QueryStore): Promise<readonly Command[]> {
  const commands: Command[] = [];
  for (const { sku, ...content } of SAMPLE_PRODUCTS) {
    if ((await queries.product(sku)) === undefined) {
      commands.push({ type: 'putProduct', sku, content });
    }
  }
  for (const { location, ...content } of SAMPLE_LOCATIONS) {
    if ((await queries.location(location)) === undefined) {
      commands.push({ type: 'putLocation', location, content });
    }
  }
  for (const line of SAMPLE_STOCK) {
    if ((await queries.level(line.sku, line.location)) === undefined) {
      commands.push({ type: 'count', ...line, reason: 'sample' });
    }
  }
  return commands;
}
