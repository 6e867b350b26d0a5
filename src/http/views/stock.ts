import type { Static } from 'typebox';
import type { Explanation } from '../../queries/explain.ts';
import type { Stock } from '../../queries/stock.ts';
import type { DemandRow } from '../../queries/store.ts';
import type {
  Demand as DemandSchema,
  Explanation as ExplanationSchema,
  StockLevel,
} from '../schemas/stock.ts';
import { formatTime } from '../times.ts';

export function stockJson(stock: Stock): Static<typeof StockLevel> {
  const { sku, location, onHand, available, reserved, committed, unavailable, version } = stock;
  const updatedAt = formatTime(stock.updatedAt);
  return { sku, location, onHand, available, reserved, committed, unavailable, version, updatedAt };
}

export function demandJson(row: DemandRow): Static<typeof DemandSchema> {
  const { sku, location, minute, requests, units } = row;
  return { sku, location, minute: formatTime(minute), requests, units };
}

export function explanationJson(explanation: Explanation): Static<typeof ExplanationSchema> {
  const { sku, location, stock, parts, holds, elsewhere, changedMeanwhile } = explanation;
  return {
    sku,
    location,
    stock: stock && stockJson(stock),
    parts: parts.map(({ kind, quantity, text }) => ({ kind, quantity, text })),
    holds: {
      quantity: holds.quantity,
      nextCursor: holds.nextCursor,
      data: holds.data.map(({ reservationId, quantity, freesUpAt, due, text }) => {
        return { reservationId, quantity, freesUpAt: formatTime(freesUpAt), due, text };
      }),
    },
    elsewhere: {
      available: elsewhere.available,
      locations: [...elsewhere.locations],
      locationCount: elsewhere.locationCount,
    },
    changedMeanwhile,
  };
}
