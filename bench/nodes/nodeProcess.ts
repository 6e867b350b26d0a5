import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const LISTENS = /listens on (http:\S+)/;

/** Runs a command of the command line to its end. @returns what it printed */
export async function runCommand(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
  return stdout;
}

/** @returns undefined when it ends without having listened */
async function listensAt({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface(stdout)) {
    const url = LISTENS.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}

/** A node as it ships, in a process of its own: serving from `start` to `stop`. */
export class NodeProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** @param folder where its output goes to */
  static async start(folder: string, name: string, flags: readonly string[]): Promise<NodeProcess> {
    const log = openSync(path.join(folder, `${name}.log`), 'a');
    const args = [MAIN, 'serve', '--node', name, '--port', '0', '--request-log', 'false', ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', log] });
    const killed = () => child.kill('SIGKILL');
    process.once('exit', killed);
    child.once('exit', () => process.off('exit', killed));
    const url = await listensAt(child);
    if (url !== undefined) return new NodeProcess(child, url);
    throw new Error(`${name} ended before it listened; see ${path.join(folder, `${name}.log`)}`);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }

  /** @throws {Error} for an answer that is not a success */
  async ask<T>(method: string, route: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${route}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
}
