import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FlagValues } from '../../src/config.ts';
import type { Bench } from '../bench.ts';
import type { Reply } from '../server/messages.ts';
import {
  BARE_SERVER,
  LEDGER_SERVER,
  ServerProcess,
  type ServerStart,
} from '../server/serverProcess.ts';

/** The servers of one row, each on a database of its own. They run until they are all stopped. */
export class RowServers {
  readonly #bench: Bench;
  readonly #started: ServerProcess[] = [];

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async startLedger(flags: FlagValues = {}): Promise<ServerProcess> {
    const folder = await mkdtemp(path.join(this.#bench.folder, 'ledger-'));
    return this.#start({
      script: LEDGER_SERVER,
      args: [JSON.stringify({ ...flags, database: `sqlite:${folder}/holdfast.db` })],
      nodeFlags: profiling(this.#bench.profileFolder),
      folder,
    });
  }

  async startBare(replies: readonly Reply[]): Promise<ServerProcess> {
    const folder = await mkdtemp(path.join(this.#bench.folder, 'bare-'));
    const file = path.join(folder, 'replies.json');
    await writeFile(file, JSON.stringify(replies));
    return this.#start({ script: BARE_SERVER, args: [file], folder });
  }

  async stopAll(): Promise<void> {
    for (const server of this.#started) await server.stop();
  }

  async #start(start: ServerStart): Promise<ServerProcess> {
    const server = await ServerProcess.start(start);
    this.#started.push(server);
    return server;
  }
}

function profiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
