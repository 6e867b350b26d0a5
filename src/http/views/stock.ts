import type { Static } from 'typebox';
import type { Explanation } from '../../queries/explain.ts';
import type { NodeStock } from '../../queries/nodeStock.ts';
import type { Sharing } from '../../queries/sharing.ts';
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
  const { nodes } = stock;
  return {
    sku,
    location,
    onHand,
    available,
    reserved,
    committed,
    unavailable,
    version,
    updatedAt: formatTime(stock.updatedAt),
    ...(nodes && { nodes: nodes.map(nodeStockJson) }),
  };
}

function nodeStockJson(stock: NodeStock) {
  const { node, onHand, available, reserved, committed, unavailable, inTransit, asOf } = stock;
  return {
    node,
    onHand,
    available,
    reserved,
    committed,
    unavailable,
    ...(inTransit !== undefined && { inTransit }),
    asOf: asOf && { position: asOf.position, time: formatTime(asOf.time) },
  };
}

export function demandJson(row: DemandRow): Static<typeof DemandSchema> {
  const { sku, location, minute, requests, units } = row;
  return { sku, location, minute: formatTime(minute), requests, units };
}

function sharingJson({ lastMove, ...sharing }: Sharing) {
  return { ...sharing, lastMove: lastMove && { ...lastMove, time: formatTime(lastMove.time) } };
}

export function explanationJson(explanation: Explanation): Static<typeof ExplanationSchema> {
  const { sku, location, stock, parts, holds, nodes, sharing, elsewhere, changedMeanwhile } =
    explanation;
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
    nodes: nodes.map((node) => ({ ...nodeStockJson(node), text: node.text })),
    sharing: sharing && sharingJson(sharing),
    elsewhere: {
      available: elsewhere.available,
      ...(elsewhere.elsewhere !== undefined && { elsewhere: elsewhere.elsewhere }),
      locations: [...elsewhere.locations],
      locationCount: elsewhere.locationCount,
    },
    changedMeanwhile,
  };
}
