import {
  lineOf,
  type PlaceTotals,
  type Transfer,
  type TransferStatus,
} from '../../domain/transfer.ts';

/** What was done at a place, as it is kept: place, quantity, received, lost, returned, found. */
type KeptPlace = readonly [string, number, number, number, number, number];
type KeptTransferLine = readonly [sku: string, places: readonly KeptPlace[]];

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
  const lines = (JSON.parse(columns.lines) as KeptTransferLine[]).map(([sku, places]) =>
    lineOf(sku, places.map(placeOf)),
  );
  return { id, status, from, to, lines, createdAt, updatedAt, reference };
}

function placeOf([place, quantity, received, lost, returned, found]: KeptPlace): PlaceTotals {
  return { place, quantity, received, lost, returned, found };
}

/** The lines as they are kept. */
export function keptTransferLines({ lines }: Transfer): string {
  return JSON.stringify(
    lines.map(({ sku, places }): KeptTransferLine => [sku, places.map(keptOf)]),
  );
}

function keptOf({ place, quantity, received, lost, returned, found }: PlaceTotals): KeptPlace {
  return [place, quantity, received, lost, returned, found];
}
