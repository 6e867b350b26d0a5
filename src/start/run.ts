import { readFileSync } from 'node:fs';
import { EXIT_CODES, type ExitCode } from '../cli/exitCodes.ts';
import { runProgram } from '../cli/program.ts';
import type { Tools } from '../cli/tools.ts';
import { eventJson } from '../http/views/event.ts';
import { openLedger } from './ledger.ts';
import { createRuntime } from './runtime.ts';
import { openStorage, resetDatabase } from './storage.ts';

/** How long what is left open may keep a process alive whose command has failed. */
const LEFT_OPEN_MS = 500;

/** Runs the command line of this process and sets its exit code. Nothing below reads the environment. */
export async function run(process: NodeJS.Process, env: NodeJS.ProcessEnv): Promise<void> {
  const output = watchOutput(process);
  const runtime = createRuntime();
  const version = readVersion();
  const startedByNpm = env['npm_lifecycle_event'] !== undefined;
  let said: ExitCode = 0;
  const tools: Tools = {
    env,
    in: process.stdin,
    out: process.stdout,
    err: process.stderr,
    openStorage: (config, options) => openStorage({ config, machine: runtime, ...options }),
    openLedger: (storage, config) => openLedger(runtime, storage, config),
    resetDatabase,
    async serve(config, hooks) {
      // The other commands start faster without the HTTP server.
      const { serve } = await import('./serve.ts');
      await serve({ runtime, config, hooks, version, startedByNpm });
    },
    eventJson,
    endWith(code) {
      said = code;
    },
  };
  const failed = await runProgram(tools, version, process.argv.slice(2));
  process.exitCode = failed ?? (output.isLost() ? EXIT_CODES.fault.code : said);
  if (failed !== undefined) endWhatIsLeft(process);
}

/** A command that failed may leave a connection open, such as one of a client that does not take its answer. */
function endWhatIsLeft(process: NodeJS.Process): void {
  setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
}

/**
 * Somebody who reads our output, such as `head`, may have had enough of it: that is no fault. Results that were lost
 * otherwise, for a full disk, are one; a server goes on, for its answers go elsewhere.
 */
function watchOutput(process: NodeJS.Process): { isLost(): boolean } {
  let isLost = false;
  // Where messages cannot be written, nobody can be told of it.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isLost) return;
    isLost = true;
    process.exitCode = EXIT_CODES.fault.code;
    process.stderr.write(`holdfast: cannot write to standard output: ${error.message}\n`);
  });
  return { isLost: () => isLost };
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
