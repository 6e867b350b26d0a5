import type { MovementDraft } from './events.ts';
import { invariant } from './invariant.ts';
import { BALANCE_MAX } from './limits.ts';
import { type Level, onHand } from './stock.ts';

/**
 * Books a movement on its level: takes `quantity` from one account, gives it to another, counts the version up.
 * Double entry: what one account loses the other gains, outside accounts included.
 * @throws {InvariantError} when the movement would break a balance; the rules must have refused it before
 */
export function book(level: Level, movement: MovementDraft): Level {
  const { quantity, from, to } = movement;
  const next: Level = {
    sku: level.sku,
    location: level.location,
    available: level.available + change('available', from, to, quantity),
    reserved: level.reserved + change('reserved', from, to, quantity),
    committed: level.committed + change('committed', from, to, quantity),
    unavailable: level.unavailable + change('unavailable', from, to, quantity),
    version: level.version + 1,
  };
  assertSound(next, movement);
  return next;
}

function change(account: string, from: string, to: string, quantity: number): number {
  return (to === account ? quantity : 0) - (from === account ? quantity : 0);
}

/** Movements that promise units; they never leave `available` below zero. */
const PROMISING = new Set<string>(['reserve', 'quarantine', 'dispatch', 'grant']);

/**
 * What was passed on, or sent, before this log lost it is gone, whether it is missing here or not; and what is passed on
 * because it was sold was promised when it was sold.
 */
function promises({ type, from, details }: MovementDraft): boolean {
  const mayBeReplay = type === 'grant' || type === 'dispatch';
  const isReplay = mayBeReplay && details?.replayOf !== undefined;
  return PROMISING.has(type) && from === 'available' && !isReplay;
}

function assertSound(level: Level, movement: MovementDraft): void {
  const sound =
    Number.isSafeInteger(movement.quantity) &&
    movement.quantity >= 0 &&
    level.reserved >= 0 &&
    level.committed >= 0 &&
    level.unavailable >= 0 &&
    (level.available >= 0 || !promises(movement)) &&
    level.available >= -BALANCE_MAX &&
    onHand(level) <= BALANCE_MAX;
  invariant(sound, () => `${movement.type} would break ${JSON.stringify(level)}`);
}
