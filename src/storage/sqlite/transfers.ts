import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Transfer, TransferStatus } from '../../domain/transfer.ts';
import { all, one } from './statement.ts';

/** A line as it is kept: sku, quantity, received, lost, returned. */
type KeptTransferLine = readonly [string, number, number, number, number];

export type TransferColumns = {
  readonly id: string;
  readonly status: TransferStatus;
  readonly from: string;
  readonly to: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly reference: string | null;
  readonly lines: string;
};

export const TRANSFER_COLUMNS = `
  id, status, from_location AS "from", to_location AS "to", created_at AS "createdAt",
  updated_at AS "updatedAt", reference, lines`;

const READ = `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id = ?`;
const READ_OPEN = `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE status = 'in_transit'`;
const PUT = `
  INSERT OR REPLACE INTO transfers
    (id, status, from_location, to_location, created_at, updated_at, reference, lines)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const UPDATE = 'UPDATE transfers SET status = ?, updated_at = ?, lines = ? WHERE id = ?';

export class TransferReader {
  readonly #read: StatementSync;
  readonly #open: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare(READ);
    this.#open = db.prepare(READ_OPEN);
  }

  byId(id: string): Transfer | undefined {
    const columns = one<TransferColumns>(this.#read, id);
    return columns && transferOf(columns);
  }

  /** All transfers that are under way; only the removal of a product or location asks for them. */
  open(): Transfer[] {
    return all<TransferColumns>(this.#open).map(transferOf);
  }
}

export class TransferWriter extends TransferReader {
  readonly #put: StatementSync;
  readonly #update: StatementSync;

  constructor(db: DatabaseSync) {
    super(db);
    this.#put = db.prepare(PUT);
    this.#update = db.prepare(UPDATE);
  }

  put(transfer: Transfer): void {
    const { id, status, from, to, createdAt, updatedAt, reference } = transfer;
    const lines = keptLines(transfer);
    this.#put.run(id, status, from, to, createdAt, updatedAt, reference, lines);
  }

  update(transfer: Transfer): void {
    const { id, status, updatedAt } = transfer;
    this.#update.run(status, updatedAt, keptLines(transfer), id);
  }
}

export function transferOf(columns: TransferColumns): Transfer {
  const { id, status, from, to, createdAt, updatedAt, reference } = columns;
  const lines = (JSON.parse(columns.lines) as KeptTransferLine[]).map(
    ([sku, quantity, received, lost, returned]) => ({ sku, quantity, received, lost, returned }),
  );
  return { id, status, from, to, lines, createdAt, updatedAt, reference };
}

function keptLines({ lines }: Transfer): string {
  return JSON.stringify(
    lines.map(({ sku, quantity, received, lost, returned }): KeptTransferLine => {
      return [sku, quantity, received, lost, returned];
    }),
  );
}
