import type { Head } from '../../queries/store.ts';
import { one, type Runner, statement } from './statement.ts';

const READ_HEAD = statement<Head>('head', 'SELECT position, time FROM log_head WHERE id = 1');
const READ_POSITION_AT = statement<{ position: number }>(
  'position_at',
  'SELECT position FROM log_times WHERE time <= $1 ORDER BY time DESC LIMIT 1',
);

const EMPTY_LOG: Head = { position: 0, time: 0 };

/** The newest position and time of the log, and which position each time had. */
export class HeadReader {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async head(): Promise<Head> {
    return (await one(this.#runner, READ_HEAD)) ?? EMPTY_LOG;
  }

  /** The last position with a time not after `time`; 0 when there is none. */
  async positionAt(time: number): Promise<number> {
    return (await one(this.#runner, READ_POSITION_AT, [time]))?.position ?? 0;
  }
}
