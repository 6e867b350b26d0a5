import { isLinkCommand } from '../domain/links/commands.ts';
import type { OpenLine } from '../domain/sourcing/sourcing.ts';
import type { Item, Work } from './ledger.ts';

/** What a work weighs: the rows that it may touch. */
export function linesOf(work: Work): number {
  return work.items.reduce((lines, { command }) => lines + weightOf(command), 0);
}

function weightOf(command: Item['command']): number {
  switch (command.type) {
    case 'applyEntries':
    case 'replayEntries':
      return Math.max(command.entries.length, 1);
    case 'shareOut':
      return Math.max(command.levels.length + command.reservations.length, 1);
    case 'balance':
    case 'writeOff':
      return Math.max(command.levels.length, 1);
    case 'ask':
      return Math.max(command.wants.length, 1);
    case 'reserve':
      return command.lines.length + weightOfOpen(command.sourcing?.lines ?? []);
    default:
      return 'lines' in command && command.lines ? command.lines.length : 1;
  }
}

/** To look at a candidate takes a fraction of what a line takes that is written. */
const CANDIDATES_PER_LINE = 10;

function weightOfOpen(lines: readonly OpenLine[]): number {
  return lines.reduce(
    (sum, { candidates = [] }) => sum + 1 + Math.floor(candidates.length / CANDIDATES_PER_LINE),
    0,
  );
}

/** Confirm, fulfil, cancel and expire end what was promised, and links begin and end: they find room when others do not. */
export function findsRoom(work: Work): boolean {
  return work.items.every(({ command }) => {
    const { type } = command;
    const ends = type === 'confirm' || type === 'fulfil' || type === 'cancel' || type === 'expire';
    return ends || (isLinkCommand(command) && type !== 'ask');
  });
}

/**
 * Whether a work carries what other nodes have said, or what is passed to them. However much of it there is after a night
 * offline, whoever sent it waits for its acknowledgement before it sends more, so it is never turned away.
 */
export function isCarried({ items: [item] }: Work): boolean {
  const type = item?.command.type;
  return (
    type === 'applyEntries' ||
    type === 'replayEntries' ||
    type === 'shareOut' ||
    type === 'balance' ||
    type === 'writeOff'
  );
}
