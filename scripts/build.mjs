// Compiles src/ to dist/ and client/ to dist/client/, and brings along what the compiler leaves out.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');

// tsc rewrites import paths but not URLs, and worker threads are started from URLs.
const MODULE_URL = /new URL\((['"])(\.{1,2}\/[^'"]+)\.ts\1,\s*import\.meta\.url\)/g;

function compile(project) {
  // The export map of TypeScript 7 hides its bin folder, but not its package.json.
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = path.join(path.dirname(manifest), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '--project', project], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function filesUnder(folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

function copyAssets(from, to) {
  for (const file of filesUnder(from)) {
    if (file.endsWith('.ts')) continue;
    const target = path.join(to, path.relative(from, file));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(file, target);
  }
}

function rewriteModuleUrls(file) {
  const source = fs.readFileSync(file, 'utf8');
  const rewritten = source.replace(MODULE_URL, (_match, quote, target) => {
    const compiled = path.join(path.dirname(file), `${target}.js`);
    if (!fs.existsSync(compiled))
      throw new Error(`${file} points to ${compiled}, which is missing`);
    return `new URL(${quote}${target}.js${quote}, import.meta.url)`;
  });
  if (rewritten !== source) fs.writeFileSync(file, rewritten);
}

fs.rmSync(dist, { recursive: true, force: true });
compile('tsconfig.build.json');
copyAssets(path.join(root, 'src'), dist);
if (fs.existsSync(path.join(root, 'client'))) {
  compile('tsconfig.client.json');
  copyAssets(path.join(root, 'client'), path.join(dist, 'client'));
}
for (const file of filesUnder(dist)) {
  if (file.endsWith('.js')) rewriteModuleUrls(file);
}
