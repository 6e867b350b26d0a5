/** The database is there and sound, but not for this program as it was started; the message says what to do. */
export class DatabaseRefusedError extends Error {
  override readonly name: string = 'DatabaseRefusedError';
}

/** There is none, and one was not to be made. */
export class NoLedgerError extends DatabaseRefusedError {
  override readonly name = 'NoLedgerError';
}
