import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Link } from '../../src/domain/links/link.ts';
import { type CliResult, CliStage } from '../support/cliStage.ts';

const SHOP = 'STORE-BERLIN';

let stage: CliStage;
beforeEach(async () => {
  stage = new CliStage();
  await stage.run('seed');
});
afterEach(() => stage.close());

function nodes(...words: readonly string[]): Promise<CliResult> {
  return stage.run('nodes', ...words);
}

async function link(peer: string): Promise<Link> {
  const links = await stage.read(({ queries }) => queries.links());
  const found = links.find((one) => one.peer === peer);
  if (found === undefined) throw new Error(`there is no link to ${peer}`);
  return found;
}

describe('nodes add', () => {
  it('prints the token on standard output, once, and keeps a hash of it', async () => {
    const { code, out, err } = await nodes('add', 'store-12', '--location', SHOP);
    expect(code).toBe(0);
    expect(out).toMatch(/^[\w-]{32}\n$/);
    expect(err).toContain('holdfast serve --node store-12 --hub');
    expect(err).not.toContain(out.trim());
    expect(await link('store-12')).toMatchObject({
      peerRole: 'store',
      self: 'main',
      location: SHOP,
      secret: hash('sha256', out.trim()),
      policy: { hubShare: 0.5, floor: 0 },
    });
    expect((await nodes('list')).out).not.toContain(out.trim());
  });

  it('takes share and floor', async () => {
    await nodes('add', 'store-12', '--location', SHOP, '--share', '0.25', '--floor', '3');
    expect((await link('store-12')).policy).toEqual({ hubShare: 0.25, floor: 3 });
  });

  it.each([
    [['store-12', '--location', 'nowhere'], 'there is no location "nowhere" in the catalogue'],
    [['other', '--location', SHOP], `the location ${SHOP} is that of the node taken`],
    [['taken', '--location', 'WAREHOUSE-1'], 'there is a node taken already, or was'],
    [['main', '--location', 'WAREHOUSE-1'], 'main is the node of this database itself'],
  ])('says why it does not add %j', async (words, message) => {
    await nodes('add', 'taken', '--location', SHOP);
    const before = await nodes('list');
    const { code, out, err } = await nodes('add', ...words);
    expect(err).toContain(message);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(await nodes('list')).toEqual(before);
  });

  it.each([
    [['-a', '--location', SHOP], ''],
    [['a/b', '--location', SHOP], 'the name "a/b" is not 1 to 63 letters'],
    [['store-12'], "required option '--location <location>' not specified"],
    [['store-12', '--location', SHOP, '--share', '1.1'], 'Expected a number from 0 to 1'],
    [['store-12', '--location', SHOP, '--share', 'half'], 'Expected a number from 0 to 1'],
    [['store-12', '--location', SHOP, '--floor', '-1'], 'Expected a whole number from 0'],
  ])('refuses the wrong words %j', async (words, message) => {
    const { code, err } = await nodes('add', ...words);
    expect(err).toMatch(/^holdfast: /);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it('is done at the hub', async () => {
    await joinHub();
    const { err } = await nodes('add', 'store-13', '--location', SHOP);
    expect(err).toContain('nodes are added at its hub, centre');
  });
});

describe('nodes list', () => {
  it('shows each link in one line', async () => {
    expect((await nodes('list')).out).toBe('main has no links to other nodes\n');
    await nodes('add', 'store-12', '--location', SHOP, '--floor', '2');
    expect((await nodes('list')).out.split('\n')).toEqual([
      'node      role   location      status  fence  received  acknowledged  policy    share  floor',
      'store-12  store  STORE-BERLIN  active  -      0         0             adaptive  0.5    2',
      'the log of main ends at 28',
      '',
    ]);
  });
});

describe('nodes policy', () => {
  it('changes what is named, in the session that the link is in', async () => {
    await nodes('add', 'store-12', '--location', SHOP, '--floor', '2');
    const session = { type: 'updateLink', peer: 'store-12', session: 0, change: { session: 7 } };
    await stage.submit(session as Parameters<CliStage['submit']>[0]);
    expect((await nodes('policy', 'store-12', '--share', '0.75')).code).toBe(0);
    expect(await link('store-12')).toMatchObject({
      session: 7,
      policy: { hubShare: 0.75, floor: 2 },
    });
  });

  it('is set for a SKU or a category too, and taken back', async () => {
    await nodes('add', 'store-12', '--location', SHOP);
    expect((await nodes('policy', 'store-12', '--sku', 'TEA', '--policy', 'hub')).out).toBe(
      'of TEA at store-12, the hub owns all, and the shop asks for each unit\n',
    );
    await nodes('policy', 'store-12', '--category', 'dairy', '--policy', 'shop');
    await nodes('policy', 'store-12', '--sku', 'TEA', '--share', '0.25', '--floor', '3');
    expect((await link('store-12')).policy).toEqual({
      hubShare: 0.5,
      floor: 0,
      adaptive: true,
      exceptions: [
        { of: 'category', name: 'dairy', hubShare: 0, floor: 0 },
        { of: 'sku', name: 'TEA', hubShare: 0.25, floor: 3 },
      ],
    });
    const { out } = await nodes('list');
    expect(out).toContain('adaptive, 2 others');
    expect(out).toContain(
      [
        '',
        'of the category dairy at store-12, the shop owns all, and the hub asks for each unit',
        'of TEA at store-12, the hub owns 0.25 of what is available, after 3 of each SKU that the shop keeps',
        '',
      ].join('\n'),
    );
    await nodes('policy', 'store-12', '--sku', 'TEA', '--clear');
    await nodes('policy', 'store-12', '--category', 'dairy', '--clear');
    expect((await link('store-12')).policy).toEqual({ hubShare: 0.5, floor: 0, adaptive: true });
  });

  it.each([
    [['store-12'], 2, 'add --policy, --share, --floor or --clear'],
    [['store-12', '--policy', 'most'], 2, 'Allowed choices are adaptive, split, hub, shop'],
    [['store-12', '--policy', 'hub', '--floor', '2'], 2, 'leaves nothing to be shared'],
    [['store-12', '--clear'], 2, '--clear needs --sku or --category'],
    [['store-12', '--sku', 'TEA', '--clear'], 1, 'there is no policy for the sku "TEA"'],
    [['store-12', '--sku', 'a\u0007', '--policy', 'hub'], 2, 'must not hold a control character'],
    [['store-12', '--sku', 'a', '--category', 'b', '--policy', 'hub'], 2, 'not both'],
    [['store-13', '--share', '1'], 1, 'no link to a node store-13; it has links to store-12'],
  ])('refuses %j', async (words, code, message) => {
    await nodes('add', 'store-12', '--location', SHOP);
    const result = await nodes('policy', ...words);
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
  });

  it('refuses what would say nothing, and changes nothing', async () => {
    await nodes('add', 'store-12', '--location', SHOP, '--policy', 'shop');
    await nodes('policy', 'store-12', '--sku', 'TEA', '--policy', 'hub');
    const { policy } = await link('store-12');
    const floor = await nodes('policy', 'store-12', '--floor', '3');
    expect(floor).toMatchObject({
      code: 2,
      err: expect.stringContaining('--policy shop leaves nothing to be shared'),
    });
    const both = await nodes('policy', 'store-12', '--sku', 'TEA', '--clear', '--share', '0.5');
    expect(both).toMatchObject({
      code: 2,
      err: expect.stringContaining('--clear takes back what was set'),
    });
    expect((await link('store-12')).policy).toEqual(policy);
  });

  it('is set at the hub', async () => {
    await joinHub();
    expect((await nodes('policy', 'centre', '--share', '1')).err).toContain(
      'its policy is set there',
    );
  });
});

describe('nodes reconcile', () => {
  it('is allowed at the hub', async () => {
    await nodes('add', 'store-12', '--location', SHOP);
    expect((await nodes('reconcile', 'store-12')).out).toContain(
      'main and store-12 may reconcile once',
    );
    expect(await link('store-12')).toMatchObject({ reconcile: true });
    expect((await nodes('list')).out).toContain('may reconcile');
  });

  it('is not said by a shop, which may be a copy', async () => {
    await joinHub();
    const { code, err } = await nodes('reconcile', 'centre');
    expect(err).toContain('it is reconciled at its hub, centre');
    expect(code).toBe(1);
    expect(await link('centre')).toMatchObject({ reconcile: false });
  });

  it('is of no use to a node that is retired', async () => {
    await nodes('add', 'store-12', '--location', SHOP);
    await nodes('retire', 'store-12', '--yes');
    expect((await nodes('reconcile', 'store-12')).err).toContain('is retired');
  });
});

describe('nodes retire', () => {
  it('writes off what the node had and what was on its way to it', async () => {
    await nodes('add', 'store-12', '--location', SHOP, '--share', '0');
    const levels = [
      { sku: 'CHAIR-OAK', location: SHOP },
      { sku: 'MUG-BLUE', location: SHOP },
    ];
    await stage.submit({
      type: 'shareOut',
      peer: 'store-12',
      session: 0,
      after: 0,
      through: 28,
      levels,
      reservations: [],
    });
    const passed = await stage.read(({ queries }) => queries.shares({ limit: 10 }));
    const sums = passed.map(({ sku, granted }) => `  ${sku}  ${granted}\n`).join('');
    expect(passed.map(({ sku }) => sku)).toContain('CHAIR-OAK');
    const { code, out } = await nodes('retire', 'store-12', '--yes');
    expect(code).toBe(0);
    expect(out).toContain(`store-12 is retired\nwritten off:\n${sums}`);
    expect(await link('store-12')).toMatchObject({ status: 'retired' });
    expect((await nodes('retire', 'store-12', '--yes')).out).toBe(
      'store-12 is retired\nthere was nothing to write off\n',
    );
    expect(await stage.run('verify')).toMatchObject({ code: 0 });
  });

  it('asks before', async () => {
    await nodes('add', 'store-12', '--location', SHOP);
    const { code, err } = await nodes('retire', 'store-12');
    expect(err).toContain('add --yes');
    expect(code).toBe(2);
    expect(await link('store-12')).toMatchObject({ status: 'active' });
  });

  it('is done at the hub', async () => {
    await joinHub();
    expect((await nodes('retire', 'centre', '--yes')).err).toContain(
      'a shop is retired at its hub',
    );
  });
});

async function joinHub(): Promise<void> {
  await stage.submit({
    type: 'addLink',
    link: {
      peer: 'centre',
      peerRole: 'hub',
      self: 'main',
      location: 'WAREHOUSE-1',
      secret: 'hush',
      policy: { hubShare: 0.5, floor: 0 },
    },
  });
}
