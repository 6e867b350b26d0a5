import type { ReserveCommand } from '../../../src/domain/commands.ts';
import { type LevelKey, levelKey } from '../../../src/domain/stock.ts';
import type { Answer, Ledger, Work } from '../../../src/ledger/ledger.ts';
import type { Outcome } from '../../../src/ledger/outcome.ts';
import type { Missing, Order, OrderLine, Strategy } from './strategy.ts';

/** An order that could not be held for so long is given up. */
const ORDER_MS_MAX = 5_000;

/** The numbers of levels. They never change, and so that no request has to look one up, all are known beforehand. */
export type LevelNumbers = ReadonlyMap<LevelKey, number>;

/**
 * A strategy in the place of the ledger, so that Holdfast's own HTTP server stands before it: the same checks of the
 * request, the same answers. It knows reservations and nothing else.
 */
export function strategyLedger(strategy: Strategy, levels: LevelNumbers): Ledger {
  return {
    submit: (work) => submit(strategy, levels, work),
    settleTime: async () => undefined,
    now: async () => Date.now(),
    onCommit: () => () => undefined,
    close: () => strategy.close(),
  };
}

async function submit(strategy: Strategy, levels: LevelNumbers, work: Work): Promise<Answer> {
  const [item] = work.items;
  if (item?.command.type !== 'reserve') throw new Error('only reservations are measured');
  const outcome = await reserve(strategy, levels, work, item.command);
  return { kind: 'done', items: [{ outcome, replayed: false }], replayed: false };
}

async function reserve(
  strategy: Strategy,
  levels: LevelNumbers,
  work: Work,
  command: ReserveCommand,
): Promise<Outcome> {
  const lines: OrderLine[] = [];
  for (const { sku, location, quantity } of command.lines) {
    const level = levels.get(levelKey(sku, location));
    if (level === undefined)
      return { kind: 'refused', refusal: { code: 'product_not_found', sku } };
    lines.push({ level, quantity });
  }
  const order = orderOf(work, command, lines);
  const missing = await strategy.hold(order);
  return missing.length === 0 ? held(command, order) : refused(command, lines, missing);
}

function orderOf(
  { actor, requestId, signal }: Work,
  { reservationId: id, ttlSeconds }: ReserveCommand,
  lines: readonly OrderLine[],
): Order {
  const now = Date.now();
  return {
    id,
    lines: lines.toSorted((one, other) => one.level - other.level),
    ttlSeconds,
    actor,
    requestId,
    now,
    expiresAt: now + ttlSeconds * 1_000,
    deadline: performance.now() + ORDER_MS_MAX,
    signal,
  };
}

function held(command: ReserveCommand, { id, ttlSeconds, now, expiresAt, actor }: Order): Outcome {
  const reservation = {
    id,
    status: 'held' as const,
    lines: command.lines.map((line) => ({ ...line, confirmed: 0, fulfilled: 0 })),
    ttlSeconds,
    expiresAt,
    createdAt: now,
    updatedAt: now,
    createdBy: actor,
    reference: command.reference,
    metadata: command.metadata,
  };
  return { kind: 'reservation', reservation, created: true };
}

/** Without the time at which units come back, which Holdfast looks up and these would have to. */
function refused(
  command: ReserveCommand,
  lines: readonly OrderLine[],
  missing: readonly Missing[],
): Outcome {
  const shortages = command.lines.flatMap(({ sku, location, quantity }, i) => {
    const found = missing.find(({ level }) => level === lines[i]?.level);
    if (found === undefined) return [];
    const { available } = found;
    return [{ sku, location, requested: quantity, available, earliestReleaseAt: null }];
  });
  return { kind: 'refused', refusal: { code: 'insufficient_stock', shortages } };
}
