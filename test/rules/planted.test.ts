import { describe, expect, it } from 'vitest';
import { checkCycles } from './cycles.ts';
import { checkDirection } from './direction.ts';
import { checkEnvironment } from './environment.ts';
import { checkPurity } from './purity.ts';
import { parseModule, type Violation } from './source.ts';

type Check = (modules: ReturnType<typeof parseModule>[]) => Violation[];

function messages(check: Check, files: Record<string, string>): string[] {
  const modules = Object.entries(files).map(([path, text]) => parseModule({ path, text }));
  return check(modules).map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe('the direction of imports', () => {
  it.each([
    ['src/domain/a.ts', '../ledger/b.ts'],
    ['src/ledger/a.ts', '../queries/b.ts'],
    ['src/ledger/a.ts', '../storage/sqlite/b.ts'],
    ['src/queries/a.ts', '../catalog/b.ts'],
    ['src/catalog/a.ts', '../http/b.ts'],
    ['src/feed/a.ts', '../observability/b.ts'],
    ['src/nodes/a.ts', '../config.ts'],
    ['src/publish/a.ts', '../nodes/b.ts'],
    ['src/publish/nats/a.ts', '../../http/b.ts'],
    ['src/storage/sqlite/a.ts', '../postgres/b.ts'],
    ['src/storage/sqlite/a.ts', '../../http/b.ts'],
    ['src/storage/shared.ts', './sqlite/b.ts'],
    ['src/http/a.ts', '../cli/b.ts'],
    ['src/http/a.ts', '../storage/sqlite/b.ts'],
    ['src/cli/a.ts', '../main.ts'],
    ['src/cli/a.ts', '../storage/sqlite/b.ts'],
    ['src/main.ts', '../simulator/b.ts'],
    ['src/config.ts', './ledger/b.ts'],
    ['src/http/a.ts', '../../test/b.ts'],
    ['client/a.ts', '../src/domain/b.ts'],
    ['web/a.ts', '../src/domain/b.ts'],
  ])('keeps %s from importing %s', (path, target) => {
    const found = messages(checkDirection, { [path]: `\nimport { b } from '${target}';` });
    expect(found).toEqual([
      expect.stringMatching(new RegExp(`^${path}:2 imports .*may import only`)),
    ]);
  });

  it.each([
    `import type { B } from '../ledger/b.ts';`,
    `export { b } from '../ledger/b.ts';`,
    `export * from '../ledger/b.ts';`,
    `const b = await import('../ledger/b.ts');`,
    `type B = import('../ledger/b.ts').B;`,
    `import '../ledger/b.ts';`,
  ])('sees %s', (text) => {
    expect(messages(checkDirection, { 'src/domain/a.ts': text })).toHaveLength(1);
  });

  it.each([
    ['src/ledger/a.ts', '../domain/b.ts'],
    ['src/queries/a.ts', '../ledger/b.ts'],
    ['src/storage/sqlite/a.ts', '../../ledger/port.ts'],
    ['src/storage/sqlite/a.ts', '../shared.ts'],
    ['src/http/a.ts', '../observability/b.ts'],
    ['src/cli/a.ts', '../config.ts'],
    ['src/cli/a.ts', '../storage/shared.ts'],
    ['src/main.ts', './storage/sqlite/b.ts'],
    ['src/domain/a.ts', './b/c.ts'],
  ])('lets %s import %s', (path, target) => {
    expect(messages(checkDirection, { [path]: `import { b } from '${target}';` })).toEqual([]);
  });

  it('asks for a place for a new part', () => {
    expect(messages(checkDirection, { 'src/misc/a.ts': '' })).toEqual([
      expect.stringContaining('belongs to no part'),
    ]);
  });
});

describe('import cycles', () => {
  it('are reported with the way around', () => {
    const found = messages(checkCycles, {
      'src/main.ts': `import './domain/a.ts';`,
      'src/domain/a.ts': `import './b.ts';`,
      'src/domain/b.ts': `\nimport type { C } from './c/c.ts';`,
      'src/domain/c/c.ts': `export * from '../a.ts';`,
    });
    expect(found).toEqual([
      'src/domain/c/c.ts:1 closes an import cycle: src/domain/a.ts -> src/domain/b.ts -> src/domain/c/c.ts -> src/domain/a.ts',
    ]);
  });

  it('are not seen in a diamond', () => {
    const found = messages(checkCycles, {
      'src/a.ts': `import './b.ts'; import './c.ts';`,
      'src/b.ts': `import './d.ts';`,
      'src/c.ts': `import './d.ts';`,
      'src/d.ts': '',
    });
    expect(found).toEqual([]);
  });
});

describe('the parts that run on virtual time', () => {
  it.each([
    [`import { readFile } from 'node:fs';`, 'a port'],
    [`import { Type } from 'typebox';`, 'a port'],
    [`const fs = await import('fs');`, 'a port'],
    ['Date.now();', 'the clock port'],
    [`Date['now']();`, 'the clock port'],
    ['const { now } = Date;', 'the clock port'],
    ['const clock = Date.now;', 'the clock port'],
    ['new Date();', 'the clock port'],
    ['new Date;', 'the clock port'],
    ['Date();', 'the clock port'],
    ['const D = Date;', 'the clock port'],
    ['performance.now();', 'the clock port'],
    ['setTimeout(f, 1);', 'the timers port'],
    ['setInterval(f, 1);', 'the timers port'],
    ['setImmediate(f);', 'the timers port'],
    ['const ports = { setTimeout };', 'the timers port'],
    ['globalThis.setTimeout(f, 1);', 'a port'],
    ['AbortSignal.timeout(1);', 'the timers port'],
    ['Math.random();', 'the randomness port'],
    ['const { random } = Math;', 'the randomness port'],
    ['const random = Math[name];', 'the randomness port'],
    ['crypto.randomUUID();', 'the randomness port'],
    ['process.pid;', 'as an argument'],
    [`process.on('exit', f);`, 'as an argument'],
    ['fetch(url);', 'a port'],
  ])('may not say %s', (text, remedy) => {
    for (const part of ['domain', 'ledger', 'queries', 'catalog', 'feed', 'nodes']) {
      const path = `src/${part}/a.ts`;
      expect(messages(checkPurity, { [path]: text })).toEqual([
        expect.stringMatching(new RegExp(`^${path}:1 .*${remedy}`)),
      ]);
    }
  });

  it.each([
    'new Date(ms);',
    'Date.parse(text) + Date.UTC(2011, 0);',
    'value instanceof Date;',
    'let at: Date; let wait: typeof setTimeout;',
    'Math.min(a, b);',
    'queueMicrotask(f);',
    'timers.setTimeout(f, 1);',
    'const port = { setTimeout: f, process() {} };',
    'clock.performance.now();',
    `import { a } from './a.ts';`,
  ])('may say %s', (text) => {
    expect(messages(checkPurity, { 'src/ledger/a.ts': text })).toEqual([]);
  });

  it('do not include the edge, the storage and the transports', () => {
    const text = `import 'node:fs'; Date.now();`;
    const paths = [
      'src/http/a.ts',
      'src/storage/sqlite/a.ts',
      'src/main.ts',
      'src/nodes/http/a.ts',
      'src/publish/nats/a.ts',
    ];
    for (const path of paths) expect(messages(checkPurity, { [path]: text })).toEqual([]);
  });
});

describe('the environment', () => {
  it.each([
    'process.env.PATH;',
    `process['env'];`,
    'const { env } = process;',
    'const { pid, ...rest } = process;',
    `import { env } from 'node:process';`,
    `import p from 'node:process'; p.env;`,
    `import * as p from 'process'; const { env: e } = p;`,
  ])('is not read by %s', (text) => {
    expect(messages(checkEnvironment, { 'src/http/a.ts': text })).toEqual([
      expect.stringContaining('reads process.env'),
    ]);
  });

  it('is read by main.ts and config.ts, and the process is used otherwise', () => {
    const text = 'process.env;';
    expect(messages(checkEnvironment, { 'src/main.ts': text, 'src/config.ts': text })).toEqual([]);
    expect(messages(checkEnvironment, { 'src/cli/a.ts': 'process.stderr; a.env;' })).toEqual([]);
  });
});
