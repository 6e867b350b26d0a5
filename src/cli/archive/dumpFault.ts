import { CommandError } from '../exitCodes.ts';

/** What is wrong with a dump. What it holds is not quoted: it may be data of customers. */
export class DumpFault extends CommandError {
  override readonly name = 'DumpFault';

  constructor(fault: string) {
    super(`the dump cannot be restored: ${fault}`, 'usage');
  }
}
