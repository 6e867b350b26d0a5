import type { Static } from 'typebox';
import { type Transfer, underWay } from '../../domain/transfer.ts';
import type { Transfer as TransferSchema } from '../schemas/transfer.ts';
import { formatTime } from '../times.ts';

export type TransferJson = Static<typeof TransferSchema>;

export function transferJson(transfer: Transfer): TransferJson {
  const { id, status, from, to, lines, createdAt, updatedAt, reference } = transfer;
  return {
    id,
    status,
    from,
    to,
    lines: lines.map((line) => {
      const { sku, quantity, received, lost, returned } = line;
      return { sku, quantity, received, lost, returned, inTransit: underWay(line) };
    }),
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
    reference,
  };
}
