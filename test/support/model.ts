/**
 * The sequential reference model: what one clerk with paper and pencil would do, one command after another. It shares
 * no code with `src`, works on plain counters, and knows nothing of logs, versions, commits or clocks (holds in
 * these histories outlive the test).
 */

export type ModelCommand =
  | { readonly op: 'receive' | 'sell'; readonly sku: string; readonly quantity: number }
  | { readonly op: 'count'; readonly sku: string; readonly quantity: number }
  | { readonly op: 'reserve'; readonly id: string; readonly lines: readonly ModelLine[] }
  | { readonly op: 'confirm'; readonly id: string; readonly lines?: readonly ModelLine[] }
  | { readonly op: 'cancel' | 'fulfil'; readonly id: string };

export interface ModelLine {
  readonly sku: string;
  readonly quantity: number;
}

interface Shelf {
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
}

interface Booking {
  readonly status: 'held' | 'confirmed' | 'fulfilled' | 'cancelled';
  /** Per line: what was asked for, sold and handed over. */
  readonly lines: readonly {
    readonly sku: string;
    readonly asked: number;
    readonly sold: number;
  }[];
}

export interface ModelState {
  readonly shelves: { readonly [sku: string]: Shelf };
  readonly bookings: { readonly [id: string]: Booking };
}

/** `ok` with the reservation's status where there is one, or the refusal's code. */
export type ModelResult = string;

export const EMPTY_MODEL: ModelState = { shelves: {}, bookings: {} };

const EMPTY_SHELF: Shelf = { available: 0, reserved: 0, committed: 0 };

export function step(state: ModelState, command: ModelCommand): [ModelState, ModelResult] {
  switch (command.op) {
    case 'receive':
      return [moved(state, command.sku, { available: command.quantity }), 'ok'];
    case 'sell':
      if (shelf(state, command.sku).available < command.quantity)
        return [state, 'insufficient_stock'];
      return [moved(state, command.sku, { available: -command.quantity }), 'ok'];
    case 'count':
      return count(state, command.sku, command.quantity);
    case 'reserve':
      return reserve(state, command.id, command.lines);
    case 'confirm':
      return confirm(state, command.id, command.lines);
    case 'cancel':
      return cancel(state, command.id);
    case 'fulfil':
      return fulfil(state, command.id);
  }
}

function shelf(state: ModelState, sku: string): Shelf {
  return state.shelves[sku] ?? EMPTY_SHELF;
}

function moved(state: ModelState, sku: string, by: Partial<Shelf>): ModelState {
  const before = shelf(state, sku);
  const after: Shelf = {
    available: before.available + (by.available ?? 0),
    reserved: before.reserved + (by.reserved ?? 0),
    committed: before.committed + (by.committed ?? 0),
  };
  return { ...state, shelves: { ...state.shelves, [sku]: after } };
}

function booked(state: ModelState, id: string, booking: Booking): ModelState {
  return { ...state, bookings: { ...state.bookings, [id]: booking } };
}

function count(state: ModelState, sku: string, counted: number): [ModelState, ModelResult] {
  const { available, reserved, committed } = shelf(state, sku);
  if (counted < reserved + committed) return [state, 'count_below_promised'];
  return [moved(state, sku, { available: counted - reserved - committed - available }), 'ok'];
}

function reserve(
  state: ModelState,
  id: string,
  lines: readonly ModelLine[],
): [ModelState, ModelResult] {
  const merged = merge(lines);
  if (state.bookings[id]) return [state, 'reservation_id_taken'];
  if (merged.some(({ sku, quantity }) => shelf(state, sku).available < quantity)) {
    return [state, 'insufficient_stock'];
  }
  let next = state;
  for (const { sku, quantity } of merged) {
    next = moved(next, sku, { available: -quantity, reserved: quantity });
  }
  const asked = merged.map(({ sku, quantity }) => ({ sku, asked: quantity, sold: 0 }));
  return [booked(next, id, { status: 'held', lines: asked }), 'held'];
}

function confirm(
  state: ModelState,
  id: string,
  lines: readonly ModelLine[] | undefined,
): [ModelState, ModelResult] {
  const booking = state.bookings[id];
  if (!booking) return [state, 'reservation_not_found'];
  if (booking.status === 'cancelled') return [state, 'reservation_cancelled'];
  const wanted = lines && merge(lines);
  const soldOf = (line: Booking['lines'][number]): number =>
    wanted ? (wanted.find(({ sku }) => sku === line.sku)?.quantity ?? 0) : line.asked;
  if (wanted?.some(({ sku }) => !booking.lines.some((line) => line.sku === sku))) {
    return [state, 'line_not_in_reservation'];
  }
  if (booking.status !== 'held') {
    return booking.lines.every((line) => line.sold === soldOf(line))
      ? [state, booking.status]
      : [state, 'confirm_differs'];
  }
  if (booking.lines.some((line) => soldOf(line) > line.asked)) return [state, 'line_exceeds_hold'];
  let next = state;
  for (const line of booking.lines) {
    const sold = soldOf(line);
    next = moved(next, line.sku, {
      reserved: -line.asked,
      committed: sold,
      available: line.asked - sold,
    });
  }
  const sold = booking.lines.map((line) => ({ ...line, sold: soldOf(line) }));
  return [booked(next, id, { status: 'confirmed', lines: sold }), 'confirmed'];
}

function cancel(state: ModelState, id: string): [ModelState, ModelResult] {
  const booking = state.bookings[id];
  if (!booking) return [state, 'reservation_not_found'];
  if (booking.status === 'cancelled') return [state, 'cancelled'];
  if (booking.status === 'fulfilled') return [state, 'reservation_fulfilled'];
  let next = state;
  for (const { sku, asked, sold } of booking.lines) {
    next =
      booking.status === 'held'
        ? moved(next, sku, { reserved: -asked, available: asked })
        : moved(next, sku, { committed: -sold, available: sold });
  }
  return [booked(next, id, { ...booking, status: 'cancelled' }), 'cancelled'];
}

function fulfil(state: ModelState, id: string): [ModelState, ModelResult] {
  const booking = state.bookings[id];
  if (!booking) return [state, 'reservation_not_found'];
  if (booking.status === 'cancelled') return [state, 'reservation_cancelled'];
  if (booking.status === 'held') return [state, 'reservation_not_confirmed'];
  if (booking.status === 'fulfilled') return [state, 'fulfilled'];
  let next = state;
  for (const { sku, sold } of booking.lines) next = moved(next, sku, { committed: -sold });
  return [booked(next, id, { ...booking, status: 'fulfilled' }), 'fulfilled'];
}

function merge(lines: readonly ModelLine[]): ModelLine[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}
