import type { Command, Line } from './commands.ts';
import { mergeLines } from './lines.ts';
import { linesAt } from './transferCommands.ts';

const NONE: readonly Line[] = [];

/** The units that a command needs to be available, added up per level: what due holds are expired for. */
export function unitsWanted(command: Command): readonly Line[] {
  switch (command.type) {
    case 'reserve':
      return mergeLines(command.lines);
    case 'dispatch':
      return linesAt(command.from, command.lines);
    case 'sell':
    case 'quarantine':
      return [line(command.sku, command.location, command.quantity)];
    case 'adjust':
      return command.quantity < 0 ? [line(command.sku, command.location, -command.quantity)] : NONE;
    default:
      return NONE;
  }
}

function line(sku: string, location: string, quantity: number): Line {
  return { sku, location, quantity };
}
