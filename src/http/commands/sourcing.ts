import type { Line } from '../../domain/commands.ts';
import { OPEN_LINES_MAX } from '../../domain/limits.ts';
import {
  type OpenLine,
  type Sourcing,
  STRATEGY_DEFAULT,
  sameOrigins,
} from '../../domain/sourcing/sourcing.ts';
import { inputError, invalidRequest, type ProblemError } from '../problem.ts';
import type { NewReservationBody } from '../schemas/reservation.ts';
import type { NewLineBody } from '../schemas/sourcing.ts';

type Body = Pick<NewReservationBody, 'lines' | 'sourcing'>;

/** The lines that name their location. */
export function fixedLines(lines: readonly NewLineBody[]): readonly Line[] {
  return lines.flatMap(({ sku, location, quantity }) =>
    location === undefined ? [] : [{ sku, location, quantity }],
  );
}

/**
 * The lines that do not, and how their places are chosen; undefined where there are none.
 * @param place where the body is in that of the request, as a JSON pointer
 * @throws {ProblemError} when they do not fit together
 */
export function toSourcing({ lines, sourcing }: Body, place: string): Sourcing | undefined {
  const open = openLines(lines, place);
  if (open.length === 0) {
    if (sourcing === undefined) return undefined;
    throw bad(`${place}/sourcing`, 'is for lines that say where they may come `from`');
  }
  const { strategy = STRATEGY_DEFAULT, near } = sourcing ?? {};
  if (strategy === 'nearest' && near === undefined && open.some(({ from }) => from === 'any')) {
    throw bad(`${place}/sourcing/near`, 'is required to find the nearest of any location');
  }
  return { strategy, ...(near && { near }), lines: open };
}

/** Lines of one SKU from the same places are added up; from others they would have to be weighed against each other. */
function openLines(lines: readonly NewLineBody[], place: string): readonly OpenLine[] {
  const open = new Map<string, OpenLine>();
  for (const [index, { sku, quantity, from }] of lines.entries()) {
    if (from === undefined) continue;
    const before = open.get(sku);
    const at = `${place}/lines/${index}`;
    if (before && !sameOrigins(before.from, from)) {
      throw bad(`${at}/from`, 'must be the same for all lines of one SKU that have no location');
    }
    open.set(sku, { sku, quantity: quantity + (before?.quantity ?? 0), from });
    if (open.size > OPEN_LINES_MAX) {
      throw bad(at, `must be one of ${OPEN_LINES_MAX} at most that have no location`);
    }
  }
  return [...open.values()];
}

function bad(pointer: string, message: string): ProblemError {
  return invalidRequest([inputError('body', pointer, message)]);
}
