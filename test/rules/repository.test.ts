import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCycles } from './cycles.ts';
import { checkDirection } from './direction.ts';
import { checkEnvironment } from './environment.ts';
import { checkPurity } from './purity.ts';
import { parseModule, readSources, type Violation } from './source.ts';

const root = path.resolve(import.meta.dirname, '../..');
const product = readSources(root, ['src', 'client', 'web']).map(parseModule);
const everything = [...product, ...readSources(root, ['simulator', 'bench']).map(parseModule)];

const spell = ({ path: file, line, message }: Violation) => `${file}:${line} ${message}`;

describe('the sources of this repository', () => {
  it('import downward only', () => {
    expect(checkDirection(product).map(spell)).toEqual([]);
  });

  it('have no import cycle', () => {
    expect(checkCycles(everything).map(spell)).toEqual([]);
  });

  it('reach for clock, timers, randomness and the outside through ports only', () => {
    expect(checkPurity(product).map(spell)).toEqual([]);
  });

  it('read the environment in main.ts and config.ts only', () => {
    expect(checkEnvironment(product).map(spell)).toEqual([]);
  });
});

describe('the tests', () => {
  it('all belong to a project of vitest.config.ts', () => {
    const files = globSync('{test,src,bench,client,scripts}/**/*.test.ts', { cwd: root });
    const projects =
      /^(src|test\/(unit|rules|integration|contract|e2e|concurrency|brokers|bench))\//;
    expect(
      files.map((file) => file.replaceAll('\\', '/')).filter((file) => !projects.test(file)),
    ).toEqual([]);
  });
});

describe('what others made', () => {
  type Locked = { integrity?: string; resolved?: string; optionalDependencies?: object };
  const lockfile = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const locked = Object.entries<Locked>(lockfile.packages).filter(([name]) => name !== '');

  it('is locked with a checksum and without the host it came from', () => {
    const loose = locked.filter(([, entry]) => !entry.integrity || entry.resolved);
    expect(loose.map(([name]) => name)).toEqual([]);
  });

  // A registry that lacks one platform leaves a lockfile that fails on that platform only.
  it('is locked for every platform', () => {
    const names = new Set(locked.map(([name]) => name.replace(/^.*node_modules\//, '')));
    const wanted = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('is kept unchanged where it is kept here', () => {
    const folder = path.join(root, 'src/http/redoc');
    const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
    const bundle = readFileSync(path.join(folder, 'redoc.standalone.js'));
    expect(readme).toContain(`sha256 ${createHash('sha256').update(bundle).digest('hex')}`);
  });
});
