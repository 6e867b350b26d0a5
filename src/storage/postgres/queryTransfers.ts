import type { Transfer } from '../../domain/transfer.ts';
import type { TransferPage } from '../../queries/store.ts';
import { TRANSFER_COLUMNS, type TransferColumns, transferOf } from '../rows/transfers.ts';
import { type Runner, statement } from './statement.ts';
import { TransferReader } from './transfers.ts';

const READ_PAGE = statement<TransferColumns>(
  'transfers_page',
  `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id > $1 ORDER BY id LIMIT $2`,
);
const READ_PAGE_BY_STATUS = statement<TransferColumns>(
  'transfers_by_status',
  `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3`,
);

export class TransferQueries {
  readonly #runner: Runner;
  readonly #transfers: TransferReader;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#transfers = new TransferReader(runner);
  }

  transfer(id: string): Promise<Transfer | undefined> {
    return this.#transfers.byId(id);
  }

  async transfers({ status, after = '', limit }: TransferPage): Promise<Transfer[]> {
    const columns =
      status === undefined
        ? await this.#runner.run(READ_PAGE, [after, limit])
        : await this.#runner.run(READ_PAGE_BY_STATUS, [status, after, limit]);
    return columns.map(transferOf);
  }
}
