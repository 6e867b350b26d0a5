// A process that receives one unit per commit until it is killed, and writes the position of each commit that is
// durable: <file>.
import process from 'node:process';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';
import { feed } from './contractFeed.ts';
import { move } from './contractRows.ts';

const [file = ''] = process.argv.slice(2);
const storage = await openSqliteStorage({ path: file, clock: { now: () => Date.now() } });
for (;;) {
  const { stamp } = await feed(storage.ledger, [move('receive', 'A', 'x', 1)]);
  process.stdout.write(`durable ${stamp.firstPosition}\n`);
}
