import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliStage } from '../support/cliStage.ts';

const COMMANDS =
  'serve import export replay stress verify rebuild redact nodes dump restore thaw seed reset help';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
});
afterEach(() => stage.close());

describe('the commands', () => {
  it('are those that the help lists, and each explains itself', async () => {
    const { out } = await stage.run('--help');
    const names = [...out.matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)].map(([, name = '']) => name);
    expect(names).toEqual(COMMANDS.split(' '));
    for (const name of names) {
      const help = await stage.run(name, '--help');
      expect(help, name).toMatchObject({ code: 0, err: '' });
      expect(help.out).toContain(name === 'help' ? 'Usage: holdfast' : `Usage: holdfast ${name}`);
    }
  });

  it('say with their exit codes how they ended', async () => {
    expect((await stage.run('--help')).out).toMatch(
      /Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /,
    );
  });

  it.each([
    [[], 'Usage: holdfast'],
    [['verfy'], "holdfast: unknown command 'verfy'\n(Did you mean verify?)"],
    [['verify', 'x'], 'too many arguments'],
    [['help', 'verfy'], 'Allowed choices are serve, import, export'],
    [['import'], "missing required argument 'file'"],
    [['export', 'sales'], "value 'sales' is invalid for argument 'what'"],
    [['export', 'stock', '--format', 'csv'], 'stock are always written as CSV'],
    [['serve', '--prot', '1'], '(Did you mean --port?)'],
    [['reset'], 'add --yes'],
  ])('refuse the wrong words %j', async (words, message) => {
    const { code, out, err } = await stage.run(...words);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
  });
});

describe('help', () => {
  it('explains one command, or all', async () => {
    expect((await stage.run('help', 'verify')).out).toMatch(/^Usage: holdfast verify /);
    for (const words of [['help'], ['--help']]) {
      expect(await stage.run(...words)).toMatchObject({ code: 0, err: '' });
    }
    expect((await stage.run('help')).out).toBe((await stage.run('--help')).out);
  });
});

describe('a folder for temporary files that is not there', () => {
  it('is a message of one line', async () => {
    const missing = path.join(stage.folder, 'none');
    vi.stubEnv('TMPDIR', missing);
    const { code, err } = await stage.run('stress');
    vi.unstubAllEnvs();
    expect(code).toBe(1);
    expect(err).toBe(
      `holdfast: cannot make a folder for temporary files in "${missing}": no such file or directory; set TMPDIR to a folder that is there and can be written\n`,
    );
  });
});

describe('seed', () => {
  it('loads the sample once, and leaves what has moved since as it is', async () => {
    expect((await stage.run('seed')).out).toMatch(/^27 products, locations and stock levels/);
    await stage.submit({ type: 'sell', sku: 'CHAIR-OAK', location: 'STORE-BERLIN', quantity: 1 });
    expect((await stage.run('seed')).out).toBe('the sample is there already\n');
    expect((await stage.run('export', 'stock')).out).toContain('CHAIR-OAK,STORE-BERLIN,3\n');
    expect(await stage.run('verify')).toMatchObject({ code: 0, err: '' });
  });
});

describe('rebuild', () => {
  it('makes the same rows again', async () => {
    await stage.run('seed');
    const before = await stage.run('export', 'stock');
    expect((await stage.run('rebuild')).out).toBe(
      'made anew from 27 events: 13 levels, 0 reservations, 0 transfers, 9 products, 5 locations\n',
    );
    expect(await stage.run('export', 'stock')).toEqual(before);
    expect(await stage.run('verify')).toMatchObject({ code: 0, err: '' });
  });
});
