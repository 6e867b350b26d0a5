import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Transfer } from '../../domain/transfer.ts';
import type { TransferPage } from '../../queries/store.ts';
import { TRANSFER_COLUMNS, type TransferColumns, transferOf } from '../rows/transfers.ts';
import { all } from './statement.ts';
import { TransferReader } from './transfers.ts';

const READ_PAGE = `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id > ? ORDER BY id LIMIT ?`;
const READ_PAGE_BY_STATUS = `
  SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE status = ? AND id > ? ORDER BY id LIMIT ?`;

export class TransferQueries {
  readonly #transfers: TransferReader;
  readonly #page: StatementSync;
  readonly #pageByStatus: StatementSync;

  constructor(db: DatabaseSync) {
    this.#transfers = new TransferReader(db);
    this.#page = db.prepare(READ_PAGE);
    this.#pageByStatus = db.prepare(READ_PAGE_BY_STATUS);
  }

  transfer(id: string): Transfer | undefined {
    return this.#transfers.byId(id);
  }

  transfers({ status, after = '', limit }: TransferPage): Transfer[] {
    const columns =
      status === undefined
        ? all<TransferColumns>(this.#page, after, limit)
        : all<TransferColumns>(this.#pageByStatus, status, after, limit);
    return columns.map(transferOf);
  }
}
