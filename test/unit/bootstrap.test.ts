import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

type Host = { platform: string; arch: string; isMusl: boolean; nodeVersion: string };

const root = path.resolve(import.meta.dirname, '../..');
const load = (file: string) => import(pathToFileURL(path.join(root, file)).href);
const bootstrap: {
  refusalForHost: (host: Host) => string | undefined;
  canInstallTools: (nodeVersion: string) => boolean;
} = await load('scripts/bootstrap.mjs');
const launcher: { NODE_PACKAGES: Record<string, { name: string }> } =
  await load('bin/node-packages.mjs');

describe('the bootstrap', () => {
  it.each([
    ['linux', 'x64', false, '20.0.0'],
    ['linux', 'arm64', false, '22.1.0'],
    ['win32', 'x64', false, '20.19.0'],
    ['darwin', 'arm64', false, '24.0.0'],
    ['linux', 'x64', true, '26.1.0'],
  ])('accepts %s %s (musl: %s) with Node %s', (platform, arch, isMusl, nodeVersion) => {
    expect(bootstrap.refusalForHost({ platform, arch, isMusl, nodeVersion })).toBeUndefined();
  });

  it.each([
    ['linux', 'x64', false, '18.20.0', 'Node 18.20.0 is too old'],
    ['darwin', 'arm64', false, '22.12.0', 'no Node for darwin-arm64, and this is Node 22.12.0'],
    ['linux', 'x64', true, '20.19.0', 'no Node for linux-x64 (musl)'],
    ['linux', 's390x', false, '20.19.0', 'Install Node 24 or newer'],
  ])('refuses %s %s (musl: %s) with Node %s', (platform, arch, isMusl, nodeVersion, reason) => {
    expect(bootstrap.refusalForHost({ platform, arch, isMusl, nodeVersion })).toContain(reason);
  });

  it.each([
    ['20.18.3', false],
    ['20.19.0', true],
    ['21.7.0', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['23.5.0', false],
    ['24.0.0', true],
    ['26.0.0', true],
  ])('knows whether npm under Node %s installs every tool: %s', (nodeVersion, expected) => {
    expect(bootstrap.canInstallTools(nodeVersion)).toBe(expected);
  });

  it('knows the Node packages that package.json names', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const named = Object.keys(manifest.optionalDependencies).filter((name) =>
      name.startsWith('node-'),
    );
    const known = Object.values(launcher.NODE_PACKAGES).map(({ name }) => name);
    expect(known.sort()).toEqual(named.sort());
  });
});
