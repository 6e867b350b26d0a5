import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Transfer } from '../../domain/transfer.ts';
import {
  keptTransferLines,
  TRANSFER_COLUMNS,
  type TransferColumns,
  transferOf,
} from '../rows/transfers.ts';
import { all, one } from './statement.ts';

const READ = `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id = ?`;
const READ_OPEN = `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE status IN ('in_transit', 'unmatched')`;
const PUT = `
  INSERT OR REPLACE INTO transfers
    (id, status, from_location, to_location, created_at, updated_at, reference, lines)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const UPDATE = `
  UPDATE transfers
  SET status = ?, from_location = ?, to_location = ?, updated_at = ?, reference = ?, lines = ?
  WHERE id = ?`;

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

  /** All transfers that are open; only the removal of a product or location asks for them. */
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
    const lines = keptTransferLines(transfer);
    this.#put.run(id, status, from, to, createdAt, updatedAt, reference, lines);
  }

  update(transfer: Transfer): void {
    const { id, status, from, to, updatedAt, reference } = transfer;
    const lines = keptTransferLines(transfer);
    this.#update.run(status, from, to, updatedAt, reference, lines, id);
  }
}
