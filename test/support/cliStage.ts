import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { type MemoryStorage, openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import { EXIT_CODES, type ExitCode } from '../../src/cli/exitCodes.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { Tools } from '../../src/cli/tools.ts';
import type { Command } from '../../src/domain/commands.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import { eventJson } from '../../src/http/views/event.ts';
import { createLedger } from '../../src/ledger/createLedger.ts';
import type { Answer, Ledger } from '../../src/ledger/ledger.ts';
import type { Clock } from '../../src/ledger/ports.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { Figures, SETTINGS } from './testLedger.ts';

export interface CliResult {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** The command line in this process, on an in-memory database that lives as long as the stage. */
export class CliStage {
  readonly #tables = emptyTables('main');
  readonly #runtime = createRuntime();
  readonly folder = mkdtempSync(path.join(tmpdir(), 'holdfast-cli-'));

  async run(...words: readonly string[]): Promise<CliResult> {
    const out = new Sink();
    const err = new Sink();
    let said: ExitCode = EXIT_CODES.ok.code;
    const tools: Tools = {
      env: {},
      in: new PassThrough(),
      out,
      err,
      openStorage: async (_config, { clock = this.#runtime.clock } = {}) => this.#open(clock),
      openLedger: (storage) => this.#createLedger(storage),
      resetDatabase: () => Promise.reject(new Error('not here')),
      eventJson,
      serve: () => Promise.reject(new Error('not here')),
      endWith(code) {
        said = code;
      },
    };
    const failed = await runProgram(tools, '0.0.0', words);
    return { code: failed ?? said, out: out.text, err: err.text };
  }

  /** Has commands decided, as a server on the same database would. */
  async submit(...commands: readonly (Command | LinkCommand)[]): Promise<Answer> {
    const storage = this.#open(this.#runtime.clock);
    const ledger = this.#createLedger(storage);
    const items = commands.map((command) => ({ command }));
    const answer = await ledger.submit({ actor: 'test', requestId: 'r', items });
    await ledger.close();
    await storage.close();
    return answer;
  }

  /** Reads what the commands have left. */
  async read<T>(look: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = this.#open(this.#runtime.clock);
    try {
      return await look(storage);
    } finally {
      await storage.close();
    }
  }

  #open(clock: Clock): MemoryStorage {
    return openMemoryStorage({ tables: this.#tables, clock });
  }

  #createLedger({ ledger: store }: Storage): Ledger {
    return createLedger({
      ...this.#runtime,
      store,
      observer: new Figures(),
      settings: SETTINGS,
    });
  }

  /** Writes a file into the folder of the stage. @returns its path */
  file(name: string, content: string | Buffer): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, content);
    return file;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
