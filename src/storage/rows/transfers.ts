import type { Transfer, TransferStatus } from '../../domain/transfer.ts';

/** A line as it is kept: sku, quantity, received, lost, returned, found. */
type KeptTransferLine = readonly [string, number, number, number, number, number];

export type TransferColumns = {
  readonly id: string;
  readonly status: TransferStatus;
  readonly from: string | null;
  readonly to: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly reference: string | null;
  readonly lines: string;
};

/** Of `transfers`. */
export const TRANSFER_COLUMNS = `
  id, status, from_location AS "from", to_location AS "to", created_at AS "createdAt",
  updated_at AS "updatedAt", reference, lines`;

export function transferOf(columns: TransferColumns): Transfer {
  const { id, status, from, to, createdAt, updatedAt, reference } = columns;
  const lines = (JSON.parse(columns.lines) as KeptTransferLine[]).map(
    ([sku, quantity, received, lost, returned, found]) => {
      return { sku, quantity, received, lost, returned, found };
    },
  );
  return { id, status, from, to, lines, createdAt, updatedAt, reference };
}

/** The lines as they are kept. */
export function keptTransferLines({ lines }: Transfer): string {
  return JSON.stringify(
    lines.map(({ sku, quantity, received, lost, returned, found }): KeptTransferLine => {
      return [sku, quantity, received, lost, returned, found];
    }),
  );
}
