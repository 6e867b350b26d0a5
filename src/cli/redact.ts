import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import type { FlagValues } from '../config.ts';
import { REFUSALS } from '../domain/refusalMeanings.ts';
import type { Answer } from '../ledger/ledger.ts';
import { settingOption, withKnownStorage, withLedger } from './common.ts';
import { CommandError } from './exitCodes.ts';
import type { Tools } from './tools.ts';

export function redactCommand(tools: Tools): Command {
  return new Command('redact')
    .summary("erase a reservation's reference and metadata")
    .description(
      'Erases reference and metadata of a reservation, the only places where the ledger may hold personal data. The log keeps what happened to the stock.',
    )
    .argument('<reservationId>', 'the id of the reservation')
    .addOption(settingOption('database'))
    .action((id: string, options: FlagValues) => runRedact(tools, id, options));
}

async function runRedact(tools: Tools, reservationId: string, flags: FlagValues): Promise<void> {
  const answer = await withKnownStorage(tools, flags, (storage, config) =>
    withLedger(tools, storage, config, (ledger) =>
      ledger.submit({
        actor: 'redact',
        requestId: randomUUID(),
        items: [{ command: { type: 'redact', reservationId } }],
      }),
    ),
  );
  refuseRefused(answer, reservationId);
  tools.out.write(`reference and metadata of ${reservationId} are erased\n`);
}

function refuseRefused(answer: Answer, reservationId: string): void {
  const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
  if (outcome?.kind !== 'refused') return;
  throw new CommandError(`${REFUSALS[outcome.refusal.code].rule} ${reservationId} does not.`);
}
