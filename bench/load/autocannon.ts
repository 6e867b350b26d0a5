import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, LoadGenerator, LoadResult } from './loadGenerator.ts';
import type { Plan } from './plan.ts';

const run = promisify(execFile);

const SCRIPT = fileURLToPath(new URL('./autocannon.process.ts', import.meta.url));

/** What the process is told, as JSON in the file that its only argument names. */
export interface AutocannonTask extends Load {
  readonly plan: Plan;
}

/** The load generator that comes along with npm. It needs about as much of a core as the server does. */
export async function openAutocannon(): Promise<LoadGenerator> {
  const manifest = createRequire(import.meta.url).resolve('autocannon/package.json');
  const { version }: { version: string } = JSON.parse(await readFile(manifest, 'utf8'));
  return { name: `autocannon ${version}`, run: runAutocannon };
}

async function runAutocannon(plan: Plan, load: Load): Promise<LoadResult> {
  const file = path.join(load.folder, 'plan.json');
  await writeFile(file, JSON.stringify({ ...load, plan } satisfies AutocannonTask));
  const { stdout } = await run(process.execPath, [SCRIPT, file]);
  return JSON.parse(stdout);
}
