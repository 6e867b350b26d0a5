#!/usr/bin/env node
// Starts the compiled Holdfast with Node 24: this one if it is new enough, else the one that npm
// installed beside the package. Plain JavaScript, because Node does not strip types in node_modules.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { NODE_MAJOR_MIN, NODE_PACKAGES } from './node-packages.mjs';

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function fail(reason) {
  process.stderr.write(
    `holdfast: needs Node ${NODE_MAJOR_MIN} or newer and ${reason} (this is Node ${process.versions.node}). Install Node ${NODE_MAJOR_MIN} and try again.\n`,
  );
  process.exit(1);
}

function nodeBroughtAlong() {
  const platform = `${process.platform}-${process.arch}`;
  const found = NODE_PACKAGES[platform];
  if (found === undefined) fail(`brings none for ${platform}`);
  const { name, executable } = found;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return path.join(path.dirname(manifest), executable);
  } catch {
    return fail(`the optional package ${name} is not installed`);
  }
}

// The channel tells the child when this process is gone, even if it was killed: a server left behind
// would go on holding its port and its database.
function startWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.once('error', (error) => fail(`could not start ${node}: ${error.message}`));
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.once('exit', (code, signal) => {
    for (const name of FORWARDED_SIGNALS) process.off(name, forward);
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
  });
}

function stopWithParent() {
  if (process.channel === undefined || process.channel === null) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  startWith(nodeBroughtAlong());
} else {
  stopWithParent();
  await import('../dist/main.js');
}
