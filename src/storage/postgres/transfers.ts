import type { Transfer } from '../../domain/transfer.ts';
import { TRANSFER_COLUMNS, type TransferColumns, transferOf } from '../rows/transfers.ts';
import { one, type Runner, statement } from './statement.ts';

const READ = statement<TransferColumns>(
  'transfer',
  `SELECT ${TRANSFER_COLUMNS} FROM transfers WHERE id = $1`,
);

export class TransferReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async byId(id: string): Promise<Transfer | undefined> {
    const columns = await one(this.#runner, READ, [id]);
    return columns && transferOf(columns);
  }
}
