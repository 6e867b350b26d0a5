import type { Row } from '../bench.ts';
import { SKU_COUNT } from '../stage.ts';
import { httpRow } from './httpRow.ts';
import {
  BATCH_COMMANDS,
  ORDER_LINES,
  readLevels,
  reserveHotSku,
  reserveInBatches,
  reserveManySkus,
  reserveOrders,
  wholeLives,
} from './plans.ts';
import { queueRow } from './queueRow.ts';

const BUYERS = 1_000;

/** The rows of the table, in its order. */
export const ROWS: readonly Row[] = [
  httpRow({
    name: 'hot',
    title: 'reserve, one hot SKU',
    plan: reserveHotSku,
    linesOfCommand: 1,
    like: 'like empty POST',
  }),
  httpRow({
    name: 'skus',
    title: 'reserve, 1,000 SKUs',
    plan: reserveManySkus,
    linesOfCommand: 1,
    like: 'like empty POST',
  }),
  httpRow({
    name: 'orders',
    title: `reserve, orders of ${ORDER_LINES} lines`,
    plan: reserveOrders,
    linesOfCommand: ORDER_LINES,
    like: 'like empty POST',
  }),
  httpRow({
    name: 'lives',
    title: 'reserve, confirm, fulfil',
    plan: wholeLives,
    linesOfCommand: 1,
    like: 'like empty POSTs',
  }),
  httpRow({
    name: 'reads',
    title: 'read one level of 1,000',
    plan: readLevels,
    like: 'like empty GET',
  }),
  httpRow({
    name: 'batch',
    title: `batch of ${BATCH_COMMANDS.toLocaleString('en')} reservations`,
    connections: 8,
    plan: reserveInBatches,
    like: 'like empty POST',
  }),
  httpRow({
    name: 'buyers',
    title: `${BUYERS.toLocaleString('en')} buyers at once, one hot SKU`,
    connections: BUYERS,
    plan: reserveHotSku,
    like: 'like empty POST',
  }),
  queueRow({ name: 'queue', title: 'the queue without HTTP, one hot SKU', skus: 1 }),
  queueRow({ name: 'queue-skus', title: 'the queue without HTTP, 1,000 SKUs', skus: SKU_COUNT }),
];
