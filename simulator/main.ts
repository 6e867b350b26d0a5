import { Command, InvalidArgumentError } from 'commander';
import { Journal } from './kernel/journal.ts';
import { hunt } from './mutations/hunt.ts';
import { MUTATIONS } from './mutations/planted.ts';
import { policiesCommand } from './policies/command.ts';
import { type RunResult, Simulation } from './simulation.ts';

const STEPS_DEFAULT = 300;
const SHOWN_MAX = 30;

interface Flags {
  readonly seed: number;
  readonly seeds: number;
  readonly steps: number;
  readonly forever?: true;
  readonly verbose?: true;
  readonly mutations?: true;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

const program = new Command('npm run sim --')
  .description('Runs a hub and its shops on virtual time, with all that can go wrong.')
  .enablePositionalOptions()
  .option('--seed <n>', 'the first seed', whole, 1)
  .option('--seeds <n>', 'how many runs, each with the next seed', whole, 1)
  .option('--steps <n>', 'things that people do in each run', whole, STEPS_DEFAULT)
  .option('--forever', 'go on until something is found')
  .option('--verbose', 'tell everything that happens')
  .option('--mutations', 'plant bugs instead, one after another, and tell which seed finds each')
  .action((flags: Flags) => (flags.mutations ? huntAll(flags) : simulate(flags)))
  .addCommand(policiesCommand());

/** Whatever is thrown where nobody waits for it belongs to the run. */
let onLooseError: (error: unknown) => void = () => undefined;
process.on('unhandledRejection', (error) => onLooseError(error));

async function simulate({ seed: first, seeds, steps, forever, verbose }: Flags): Promise<void> {
  for (let seed = first; forever === true || seed < first + seeds; seed++) {
    const tell = verbose ? (line: string) => process.stdout.write(`${line}\n`) : null;
    const journal = new Journal(SHOWN_MAX, tell);
    const simulation = new Simulation({ seed, steps, journal });
    onLooseError = (error) => simulation.fail(error);
    const result = await simulation.run();
    report(result, journal);
    if (result.failure === null) continue;
    process.exitCode = 1;
    if (forever === true) return;
  }
}

async function huntAll({ steps }: Flags): Promise<void> {
  for (const mutation of MUTATIONS) {
    const found = await hunt(mutation, steps);
    if (found === null) process.exitCode = 1;
    const { seed, failure } = found ?? {};
    const what = failure instanceof Error ? failure.message : String(failure);
    const how = found ? `seed ${seed}: ${what}` : 'NOT FOUND';
    process.stdout.write(`${mutation.name}\n    ${how}\n`);
  }
}

function report({ seed, failure, happened, virtualMs, events }: RunResult, journal: Journal): void {
  if (failure === null) {
    const seconds = (virtualMs / 1_000).toFixed(0);
    process.stdout.write(`seed ${seed}: right, ${seconds} virtual seconds, ${events} events\n`);
    return;
  }
  const what = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  process.stdout.write(`${journal.last().join('\n')}\n`);
  process.stdout.write(`seed ${seed} fails at step ${happened}: ${what}\n`);
}

await program.parseAsync();
