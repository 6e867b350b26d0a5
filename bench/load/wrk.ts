import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, LoadGenerator, LoadResult } from './loadGenerator.ts';
import type { NextSteps, Plan, PlannedRequest } from './plan.ts';

const run = promisify(execFile);

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url));

/** What the script prints its figures behind. */
const MARK = 'figures:';

/** @returns null where wrk is not on the path */
export async function findWrk(): Promise<LoadGenerator | null> {
  const usage = await wrkUsage();
  if (usage === null) return null;
  const version = /wrk (\S+)/.exec(usage)?.[1] ?? '';
  return { name: `wrk ${version}, one thread`, run: runWrk };
}

/** `wrk -v` prints its version and ends with an error code. */
async function wrkUsage(): Promise<string | null> {
  try {
    const { stdout } = await run('wrk', ['-v']);
    return stdout;
  } catch (error) {
    if (!(error instanceof Error)) return null;
    if ('code' in error && error.code === 'ENOENT') return null;
    return 'stdout' in error ? String(error.stdout) : '';
  }
}

async function runWrk(plan: Plan, load: Load): Promise<LoadResult> {
  const file = path.join(load.folder, 'plan.lua');
  await writeFile(file, luaPlan(plan));
  const { stdout } = await run('wrk', [
    ...['--threads', '1', '--connections', String(load.connections)],
    ...['--duration', `${Math.max(Math.round(load.seconds), 1)}s`, '--timeout', '30s'],
    ...['--script', SCRIPT, load.url, '--', file],
  ]);
  return readFigures(stdout);
}

/** The plan as a Lua table; JSON never holds the long bracket that ends these strings. */
function luaPlan(plan: Plan): string {
  const requests = plan.kind === 'cycle' ? plan.requests : [plan.first];
  const list = requests.map((request) => `    ${luaRequest(request)},\n`).join('');
  const next = plan.kind === 'cycle' ? 'nil' : luaSteps(plan.next);
  return `return {\n  requests = {\n${list}  },\n  next = ${next},\n}\n`;
}

function luaSteps(next: NextSteps): string {
  const steps = Object.entries(next).map(
    ([status, request]) => `    ${status} = ${luaRequest(request)},\n`,
  );
  return `{\n${steps.join('')}  }`;
}

function luaRequest({ method, path: route, body }: PlannedRequest): string {
  const text = body === null ? 'nil' : quote(body);
  return `{ method = ${quote(method)}, path = ${quote(route)}, body = ${text} }`;
}

function quote(text: string): string {
  return `[==[${text}]==]`;
}

function readFigures(output: string): LoadResult {
  const line = output.split('\n').find((candidate) => candidate.startsWith(MARK));
  if (line === undefined) throw new Error(`wrk printed no figures:\n${output}`);
  return JSON.parse(line.slice(MARK.length));
}
