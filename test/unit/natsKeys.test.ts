import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveKeys, isSameProof, newDialKey } from '../../src/nodes/nats/keys.ts';
import { subjectsOf, tokenOf } from '../../src/nodes/nats/subjects.ts';

const SECRET = hash('sha256', 'hush');

/** Both ends of a dial. */
function dial(atShop: { secret?: string; node?: string; server?: string } = {}) {
  const [shop, hub] = [newDialKey(), newDialKey()];
  const said = { hub: 'hub', node: 'store-12', server: 's', connection: 'c' };
  const keys = { shopKey: shop.open, hubKey: hub.open };
  const { secret = SECRET, ...heard } = atShop;
  return {
    hub: deriveKeys(hub.own, shop.open, SECRET, { ...said, ...keys }),
    shop: deriveKeys(shop.own, hub.open, secret, { ...said, ...heard, ...keys }),
  };
}

describe('the keys of a link', () => {
  it('are the same at both ends, another for each use, and new for each dial', () => {
    const one = dial();
    expect(one.shop).toEqual(one.hub);
    const { secret, stored, beat } = one.hub;
    const all = [secret, stored.up, stored.down, beat.up, beat.down].map((key) =>
      Buffer.from(key).toString('hex'),
    );
    expect(new Set(all).size).toBe(all.length);
    expect(dial().hub).not.toEqual(one.hub);
  });

  it.each([
    ['another secret', { secret: hash('sha256', 'guess') }],
    ['another node', { node: 'store-13' }],
    ['another server', { server: 't' }],
  ])('differ, and so do the proofs, where one end has %s', (_what, heard) => {
    const { shop, hub } = dial(heard);
    expect(isSameProof(shop.hubProof, hub.hubProof)).toBe(false);
    expect(shop.stored.up).not.toEqual(hub.stored.up);
  });

  it.each(['', 'AAAA', '!', 'A'.repeat(43)])('are not made with "%s" for a public key', (key) => {
    const { own, open } = newDialKey();
    const said = { hub: 'hub', node: 'a', server: 's', connection: 'c' };
    expect(() => deriveKeys(own, key, SECRET, { ...said, shopKey: key, hubKey: open })).toThrow();
  });
});

describe('a name in a subject', () => {
  it('is itself where it is plain, and otherwise has no sign that means anything to NATS', () => {
    expect(tokenOf('store-12_B')).toBe('store-12_B');
    const odd = ['a.b', 'a b', '*', '>', '', 'Köln', '=YS5i', 'a/b'];
    for (const name of odd) expect(tokenOf(name)).toMatch(/^=[A-Za-z0-9_-]*$/);
    expect(new Set(odd.map(tokenOf)).size).toBe(odd.length);
  });

  it('stands in all subjects of its hub', () => {
    const { stream, allStored, dial, link } = subjectsOf('a.b');
    expect([stream, allStored, dial]).toEqual([
      'HOLDFAST_LINKS_=YS5i',
      'holdfast.=YS5i.link.>',
      'holdfast.=YS5i.dial',
    ]);
    expect(link('s', 'c').stored('up')).toBe('holdfast.=YS5i.link.s.c.up');
  });
});
