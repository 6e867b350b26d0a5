import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Link, NO_DIGEST, newLink } from '../../src/domain/links/link.ts';
import { findLoser, isOriginal, type Loser } from '../../src/nodes/handshake.ts';
import type { Standing } from '../../src/nodes/messages.ts';

type Side = 'hub' | 'shop';

/** What one end has durably: its log, and what it knows of the other's. */
interface Books {
  /** Names of the entries; no name is ever given twice. */
  readonly log: readonly string[];
  /** What was received of the peer's log. */
  readonly copy: readonly string[];
  readonly acknowledged: number;
}

const EMPTY: Books = { log: [], copy: [], acknowledged: 0 };

/** Two ends of which each may be put back to any backup of it, and go on from there. */
class Pair {
  readonly books: Record<Side, Books> = { hub: EMPTY, shop: EMPTY };
  readonly backups: Record<Side, Books[]> = { hub: [EMPTY], shop: [EMPTY] };
  readonly restored = new Set<Side>();
  #names = 0;

  write(side: Side): void {
    this.#names += 1;
    const { log } = this.books[side];
    this.books[side] = { ...this.books[side], log: [...log, `e${this.#names}`] };
  }

  /** The peer gets what it lacks, as long as the two have not found out that they differ. */
  deliver(from: Side, entries: number): void {
    const to = other(from);
    if (this.verdict() !== null) return;
    const { log } = this.books[from];
    const { copy } = this.books[to];
    const more = log.slice(copy.length, copy.length + entries);
    this.books[to] = { ...this.books[to], copy: [...copy, ...more] };
  }

  acknowledge(from: Side): void {
    if (this.verdict() !== null) return;
    const { copy } = this.books[from];
    const to = other(from);
    this.books[to] = { ...this.books[to], acknowledged: copy.length };
  }

  backUp(side: Side): void {
    this.backups[side].push(this.books[side]);
  }

  restore(side: Side, which: number): void {
    const { length } = this.backups[side];
    const backup = this.backups[side][which % length];
    if (backup === undefined || backup === this.books[side]) return;
    this.books[side] = backup;
    this.restored.add(side);
  }

  /** Whether each has of the other only what the other has, and all that the other counts on. */
  get areWhole(): boolean {
    return (['hub', 'shop'] as const).every((side) => {
      const { log, acknowledged } = this.books[side];
      const { copy } = this.books[other(side)];
      return copy.every((name, i) => log[i] === name) && copy.length >= acknowledged;
    });
  }

  /** First the hub looks at the shop's standing, then the shop at the hub's. Whose log is at fault? */
  verdict(): Side | null {
    const atHub = this.judge('hub');
    if (atHub !== null) return atHub === 'here' ? 'hub' : 'shop';
    const atShop = this.judge('shop');
    if (atShop !== null) return atShop === 'here' ? 'shop' : 'hub';
    return null;
  }

  judge(side: Side): Loser | null {
    const { log, copy, acknowledged } = this.books[side];
    const peer = this.books[other(side)];
    const link: Link = { ...LINK, received: copy.length, acknowledged };
    const standing: Standing = {
      head: peer.log.length,
      received: peer.copy.length,
      receivedDigest: digestOf(peer.copy),
    };
    const reaches = peer.copy.length <= log.length;
    return findLoser(link, standing, {
      head: log.length,
      digestAtReceived: reaches ? digestOf(log.slice(0, peer.copy.length)) : null,
    });
  }
}

const LINK = newLink({
  peer: 'peer',
  peerRole: 'hub',
  self: 'self',
  location: 'S',
  secret: 'sesame',
  policy: { hubShare: 0, floor: 0 },
});

function other(side: Side): Side {
  return side === 'hub' ? 'shop' : 'hub';
}

function digestOf(names: readonly string[]): string {
  return names.reduce((digest, name) => `${digest}/${name}`, NO_DIGEST);
}

type Step = readonly [
  'write' | 'deliver' | 'acknowledge' | 'backUp' | 'restore',
  side: Side,
  n: number,
];

const side = fc.constantFrom<Side>('hub', 'shop');
const step = (...does: readonly Step[0][]): fc.Arbitrary<Step> =>
  fc.tuple(fc.constantFrom(...does), side, fc.integer({ min: 1, max: 9 }));
const anySteps = fc.array(step('write', 'write', 'deliver', 'acknowledge', 'backUp', 'restore'), {
  maxLength: 60,
  size: 'max',
});
const stepsWithoutRestores = fc.array(step('write', 'deliver', 'acknowledge', 'backUp'), {
  maxLength: 60,
  size: 'max',
});

function played(all: readonly Step[]): Pair {
  const pair = new Pair();
  for (const [does, who, n] of all) {
    if (does === 'deliver') pair.deliver(who, n);
    else if (does === 'restore') pair.restore(who, n);
    else pair[does](who);
  }
  return pair;
}

describe('which log has lost something', () => {
  test('none, as long as nobody was restored, wherever the messages are', () => {
    fc.assert(
      fc.property(stepsWithoutRestores, (all) => {
        const pair = played(all);
        expect(pair.judge('hub')).toBe(null);
        expect(pair.judge('shop')).toBe(null);
      }),
    );
  });

  test('a handshake ends well only where both logs are whole, whoever was restored to where', () => {
    fc.assert(
      fc.property(anySteps, (all) => {
        const pair = played(all);
        if (pair.verdict() === null) expect(pair.areWhole).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('whole logs are never blamed', () => {
    fc.assert(
      fc.property(anySteps, (all) => {
        const pair = played(all);
        if (pair.areWhole && pair.restored.size === 0) expect(pair.verdict()).toBe(null);
      }),
      { numRuns: 1_000 },
    );
  });

  test('who is blamed was restored', () => {
    fc.assert(
      fc.property(anySteps, (all) => {
        const pair = played(all);
        const blamed = pair.verdict();
        if (blamed !== null) expect([...pair.restored]).toContain(blamed);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('after three entries each way, received and acknowledged', () => {
  const began: readonly Step[] = [
    ...(['hub', 'shop'] as const).flatMap((who): Step[] => [
      ['write', who, 1],
      ['backUp', who, 1],
      ['write', who, 1],
      ['write', who, 1],
    ]),
    ['deliver', 'hub', 9],
    ['deliver', 'shop', 9],
    ['acknowledge', 'hub', 1],
    ['acknowledge', 'shop', 1],
  ];
  const goOn = (who: Side, entries: number) =>
    Array.from({ length: entries }, (): Step => ['write', who, 1]);

  test.each<{ what: string; steps: readonly Step[]; loser: Side | null }>([
    { what: 'nobody was restored', steps: [], loser: null },
    { what: 'the shop was restored', steps: [['restore', 'shop', 1]], loser: 'shop' },
    { what: 'the hub was restored', steps: [['restore', 'hub', 1]], loser: 'hub' },
    {
      what: 'the shop was restored, and its log is longer than before',
      steps: [['restore', 'shop', 1], ...goOn('shop', 5)],
      loser: 'shop',
    },
    {
      what: 'the hub was restored, and its log is as long as before',
      steps: [['restore', 'hub', 1], ...goOn('hub', 2)],
      loser: 'hub',
    },
    {
      what: 'both were restored to before they met',
      steps: [
        ['restore', 'hub', 1],
        ['restore', 'shop', 1],
      ],
      loser: null,
    },
    {
      what: 'both were restored, and both have gone on',
      steps: [['restore', 'hub', 1], ['restore', 'shop', 1], ...goOn('hub', 4), ...goOn('shop', 4)],
      loser: null,
    },
  ])('$what: $loser', ({ what: _, steps, loser }) => {
    expect(played([...began, ...steps]).verdict()).toBe(loser);
  });
});

describe('the original of a shop, told from a copy', () => {
  const known = { ...LINK, token: 'two' };
  const begun = { ...LINK, token: 'one', nextToken: 'two' };

  test.each([
    { what: 'before the first handshake', link: LINK, token: null, is: true },
    { what: 'it knows the token', link: known, token: 'two', is: true },
    { what: 'it has not heard of the last handshake', link: begun, token: 'one', is: true },
    { what: 'only it has heard of the last handshake', link: begun, token: 'two', is: true },
    { what: 'it has heard of neither', link: begun, token: 'other', is: false },
    { what: 'it was left behind', link: known, token: 'one', is: false },
    { what: 'it has no token', link: known, token: null, is: false },
  ])('$what: $is', ({ link, token, is }) => {
    expect(isOriginal(link, { token })).toBe(is);
  });
});
