// A process that opens a database as soon as its input ends: <file> <node>.
import process from 'node:process';
import { openSqliteStorage } from '../../src/storage/sqlite/open.ts';

const [file = '', node = ''] = process.argv.slice(2);
process.stdin.resume().once('end', async () => {
  const storage = await openSqliteStorage({ path: file, node, clock: { now: () => Date.now() } });
  await storage.close();
});
process.stdout.write('ready\n');
