import type { Static } from 'typebox';
import { excess, type Transfer, underWay } from '../../domain/transfer.ts';
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
      const { sku, quantity, received, lost, returned, found } = line;
      const rest = { inTransit: underWay(line), excess: excess(line) };
      return { sku, quantity, received, lost, returned, found, ...rest };
    }),
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
    reference,
  };
}
