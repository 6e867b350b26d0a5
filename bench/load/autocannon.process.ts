import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';
import type { AutocannonTask } from './autocannon.ts';
import type { LoadResult } from './loadGenerator.ts';
import { createCursor, type PlannedRequest } from './plan.ts';

// Plays the plan in the file that the only argument names, and prints its figures as JSON.

const [file = ''] = process.argv.slice(2);
const task: AutocannonTask = JSON.parse(await readFile(file, 'utf8'));
process.stdout.write(JSON.stringify(await play(task)));

async function play({ plan, url, connections, seconds }: AutocannonTask): Promise<LoadResult> {
  const cursor = createCursor(plan);
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 30,
    requests: [
      {
        setupRequest: (defaults) => ({ ...defaults, ...requestOf(cursor.next()) }),
        onResponse: (_status, body) => cursor.answered(body),
      },
    ],
  });
  return {
    requests: result.requests.total,
    seconds: result.duration,
    failures: result.errors + result.non2xx,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

function requestOf({ method, path, body }: PlannedRequest) {
  if (body === null) return { method, path, headers: {} };
  return { method, path, body, headers: { 'content-type': 'application/json' } };
}
