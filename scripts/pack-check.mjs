// Installs the packed package into an empty folder, as a user does, and sells one unit with it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 30_000;
const REQUEST_WITHIN_MS = 30_000;
const POLL_MS = 100;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function npm(args, cwd) {
  const { status, stdout } = spawnSync(
    'npm',
    [...args, '--no-fund', '--no-audit', '--loglevel=error'],
    {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  assert.equal(status, 0, `npm ${args.join(' ')} failed:\n${stdout}`);
  return stdout;
}

// What the package holds was built just before, so the prepack script is not run a second time.
function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  // A list up to npm 11, an object by package name from npm 12 on.
  const [packed] = Object.values(JSON.parse(npm(args, root)));
  const names = packed.files.map((file) => file.path);
  for (const needed of ['dist/main.js', 'bin/holdfast.mjs', 'LICENSE']) {
    assert.ok(names.includes(needed), `${needed} is missing in the package; was it built?`);
  }
  const stray = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  assert.deepEqual(stray, [], 'TypeScript sources do not run from node_modules');
  return path.join(folder, packed.filename);
}

function install(tarball, folder) {
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true }));
  npm(['install', tarball], folder);
}

// The Node that runs this check comes first on the path, so that a host's older Node is tried too.
function serve(folder) {
  const bin = path.join(folder, 'node_modules', '.bin', 'holdfast');
  const child = spawn(bin, ['serve', '--port', '0'], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: path.dirname(process.execPath) + path.delimiter + process.env.PATH,
      HOLDFAST_DATABASE: `sqlite:${path.join(folder, 'holdfast.db')}`,
    },
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => output.push(chunk));
  return { child, exit: once(child, 'exit'), output: () => Buffer.concat(output).toString() };
}

/** @returns where the server answers, once it does */
async function untilReady({ child, output }) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    assert.equal(child.exitCode, null, `the server ended with exit code ${child.exitCode}`);
    const [, url] = /listens on (http:\S+)/i.exec(output()) ?? [];
    const response = url && (await fetch(`${url}/readyz`).catch(() => undefined));
    if (response?.status === 200) return url;
    await sleep(POLL_MS);
  }
  assert.fail(`the server was not ready within ${READY_WITHIN_MS} ms`);
}

async function send(url, method, body, expectedStatus) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
  });
  const text = await response.text();
  assert.equal(response.status, expectedStatus, `${method} ${url}: ${text}`);
}

async function sellOneUnit(url) {
  const stock = { sku: 'PACK-CHECK', location: 'SHOP-1', quantity: 1 };
  await send(`${url}/v1/products/${stock.sku}`, 'PUT', { name: 'Packed' }, 201);
  await send(`${url}/v1/locations/${stock.location}`, 'PUT', { name: 'Shop', kind: 'store' }, 201);
  await send(`${url}/v1/movements`, 'POST', { type: 'receive', ...stock }, 201);
  await send(`${url}/v1/reservations`, 'POST', { lines: [stock] }, 201);
  await send(`${url}/v1/reservations`, 'POST', { lines: [stock] }, 409);
}

async function stop({ child, exit }, url) {
  child.kill('SIGTERM');
  const late = sleep(STOPPED_WITHIN_MS, undefined, { ref: false }).then(() => ['late']);
  const [code] = await Promise.race([exit, late]);
  assert.equal(code, 0, `after SIGTERM the server should exit with 0, not ${code}`);
  const response = await fetch(`${url}/healthz`).catch(() => undefined);
  assert.equal(response, undefined, 'a server was left behind and still answers');
}

async function tryOut(folder) {
  const server = serve(folder);
  try {
    const url = await untilReady(server);
    await sellOneUnit(url);
    await stop(server, url);
  } catch (error) {
    process.stderr.write(`${server.output()}\n`);
    throw error;
  } finally {
    server.child.kill('SIGKILL');
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-pack-'));
try {
  install(pack(folder), folder);
  await tryOut(folder);
  process.stdout.write('the packed package installs, serves, reserves and stops\n');
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
